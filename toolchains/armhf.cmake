# Debian armhf, which is ARMv7 with VFPv3: Pi 2, 3, 4 and Zero 2 W with a 32-bit system.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(wayside_arch armhf)
set(WAYSIDE_DEB_ARCHITECTURE armhf)
set(wayside_triplet arm-linux-gnueabihf)
set(wayside_qemu qemu-arm)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
