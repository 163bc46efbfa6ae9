"""The machine under a program: its disk can be full or dying, its wall clock wrong (programs/sick_machine.c)."""

import errno
import struct

from line.paths import build_dir

_ILLNESS = struct.Struct("=qqii")  # clock_offset_ms, room_bytes, write_errno, sync_errno
_LIBRARY = "tests/chaos/programs/wayside_sick_machine.so"


class Machine:
    """`env` makes a program run on this machine; what is said here holds for it at once and after its death."""

    def __init__(self, control, folder):
        self.control = control
        self.clock_offset_ms = 0
        self.disk = (0, 0, 0)
        library = build_dir() / _LIBRARY
        if not library.exists():
            raise FileNotFoundError(f"{library} is not built: ninja -C {build_dir()} wayside_sick_machine")
        # verify_asan_link_order: programs with AddressSanitizer want to be first in everything.
        self.env = {"LD_PRELOAD": str(library), "WAYSIDE_SICK_CONTROL": str(control), "WAYSIDE_SICK_FOLDER": str(folder),
                    "ASAN_OPTIONS": "verify_asan_link_order=0"}
        self._write()

    def disk_full(self, room_bytes):
        """After so many more bytes; the last write that begins before is cut short."""
        self.disk = (room_bytes, errno.ENOSPC, 0)
        self._write()

    def disk_dying(self):
        """Nothing can be written or synchronised."""
        self.disk = (0, errno.EIO, errno.EIO)
        self._write()

    def syncs_fail(self):
        """What is written arrives, but nobody says that it has."""
        self.disk = (0, 0, errno.EIO)
        self._write()

    def disk_well(self):
        self.disk = (0, 0, 0)
        self._write()

    def shift_clock(self, offset_ms):
        self.clock_offset_ms = offset_ms
        self._write()

    def _write(self):
        data = _ILLNESS.pack(self.clock_offset_ms, *self.disk)
        with open(self.control, "r+b" if self.control.exists() else "wb") as file:
            file.write(data)
