# The part that all toolchain files share. They set wayside_arch (as toolchains/sysroot knows it), wayside_triplet, wayside_qemu.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${wayside_triplet}-gcc-12)
set(CMAKE_CXX_COMPILER ${wayside_triplet}-g++-12)
set(CMAKE_STRIP ${wayside_triplet}-strip)

execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/sysroot --path ${wayside_arch}
  OUTPUT_VARIABLE CMAKE_SYSROOT OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT IS_DIRECTORY ${CMAKE_SYSROOT})
  message(FATAL_ERROR "no sysroot yet; make it with: toolchains/sysroot ${wayside_arch}")
endif()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE ${wayside_triplet})
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${wayside_triplet}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)

# Tests, and programs that print their own documents, run in the emulator.
set(CMAKE_CROSSCOMPILING_EMULATOR ${wayside_qemu} -L ${CMAKE_SYSROOT})
