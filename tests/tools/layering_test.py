"""Proves that the layers of DESIGN section 2 hold: it reads every #include of every C++ file.

common/base <- common/{history,http,mqtt,kafka} <- common/contract <- edge, bridge, central, firmware-sim (which never include
each other) <- tests. The drawn order allows more than is used; ALLOWED below states what each part may include.
Includes of our own files are written from the repository root.
"""

import re
import unittest
from pathlib import Path

from sources import REPO, cpp_files, text

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

LIBRARIES = {"common/base", "common/history", "common/http", "common/mqtt", "common/kafka", "common/contract"}
PROGRAMS = {"edge", "bridge", "central", "firmware-sim"}
ALLOWED = {
    "common/base": set(),
    "common/history": {"common/base"},
    "common/http": {"common/base"},
    "common/mqtt": {"common/base"},
    "common/contract": {"common/base"},
    # the contract's topics are what check_topics holds a cluster against
    "common/kafka": {"common/base", "common/contract"},
    **{name: LIBRARIES for name in PROGRAMS - {"firmware-sim"}},
    # plays hardware: it must not share a codec with the drivers, nor know messages
    "firmware-sim": {"common/base", "common/history", "common/http"},
    "deploy": LIBRARIES,
    "tests": LIBRARIES | PROGRAMS,
}


def part_of(path):
    """`common/base` for common/base/log.h, `edge` for edge/drivers/gbfs.h; None for a file of no part."""
    pieces = Path(path).parts
    part = "/".join(pieces[:2]) if pieces[0] == "common" else pieces[0]
    return part if part in ALLOWED else None


def includes_of(name):
    for number, line in enumerate(text(name).splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


class Layering(unittest.TestCase):
    def test_every_file_belongs_to_a_part(self):
        self.assertEqual([name for name in cpp_files() if part_of(name) is None], [])

    def test_parts_include_only_what_lies_under_them(self):
        wrong = []
        for name in cpp_files():
            part = part_of(name)
            for number, _, included in includes_of(name):
                target = part_of(included) if "/" in included else None
                if part and target and target != part and target not in ALLOWED[part]:
                    wrong.append(f"{name}:{number}: {part} must not include {included}")
        self.assertEqual(wrong, [])

    def test_own_files_are_included_from_the_root_with_quotes(self):
        wrong = []
        for name in cpp_files():
            for number, opening, included in includes_of(name):
                exists = (REPO / included).exists() or (REPO / (included + ".in")).exists()
                if opening == '"' and not exists:
                    wrong.append(f'{name}:{number}: "{included}" is no path from the repository root')
                if opening == "<" and part_of(included) and exists:
                    wrong.append(f"{name}:{number}: <{included}> is ours and takes quotes")
        self.assertEqual(wrong, [])

    def test_headers_have_pragma_once(self):
        self.assertEqual([name for name in cpp_files() if name.endswith(".h")
                          and "#pragma once" not in text(name)], [])


if __name__ == "__main__":
    unittest.main()
