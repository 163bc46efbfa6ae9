"""Proves that the C++ text is laid out as .clang-format says. To put it right: clang-format -i FILE…"""

import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from sources import REPO, cpp_files

FILES_A_RUN = 16


def complaints(names):
    command = ["clang-format", "--dry-run", "--style=file", *names]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stderr


class Format(unittest.TestCase):
    def test_every_file_is_as_clang_format_would_write_it(self):
        names = cpp_files()
        batches = [names[i:i + FILES_A_RUN] for i in range(0, len(names), FILES_A_RUN)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            lines = "".join(pool.map(complaints, batches)).splitlines()
        wrong = sorted({line.split(":", 1)[0] for line in lines if "clang-format-violations" in line})
        self.assertEqual(wrong, [], "run clang-format -i on these")


if __name__ == "__main__":
    unittest.main()
