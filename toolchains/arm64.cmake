# 64-bit Raspberry Pi OS and Debian arm64: Pi 3, 4, 5, Zero 2 W, Compute Modules 3 to 5.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(wayside_arch arm64)
set(WAYSIDE_DEB_ARCHITECTURE arm64)
set(wayside_triplet aarch64-linux-gnu)
set(wayside_qemu qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
