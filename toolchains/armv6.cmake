# Raspbian's armhf, which is ARMv6 with VFPv2: Pi 1, Zero and Zero W. Set WAYSIDE_SYSROOT_URL to a Raspbian mirror.
set(CMAKE_SYSTEM_PROCESSOR armv6l)
set(wayside_arch armv6)
set(WAYSIDE_DEB_ARCHITECTURE armhf)
set(wayside_triplet arm-linux-gnueabihf)
set(wayside_qemu qemu-arm -cpu arm1176)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)

# Debian's cross compiler is made for ARMv7, and so are its own start files and libgcc: take Raspbian's (-B) and its instructions.
set(wayside_armv6 "-march=armv6+fp -marm -mfloat-abi=hard -B${CMAKE_SYSROOT}/usr/lib/gcc/arm-linux-gnueabihf/12")
set(CMAKE_C_FLAGS_INIT "${wayside_armv6}")
set(CMAKE_CXX_FLAGS_INIT "${wayside_armv6}")
