"""Proves house rules that a program can see: sizes of files, no secrets or machine paths, commands that parse."""

import re
import subprocess
import unittest

from sources import REPO, text, tracked

LINES_MAX = 400
CODE = ("*.cc", "*.h", "*.py", "*.ts", "*.mjs", "*.sh", "wayside")
FORBIDDEN = {
    "a path of one machine": re.compile(r"/(home|Users|root)/[A-Za-z]|/work/"),
    "an address of a package registry": re.compile(r"registry\.npmjs|deb\.debian\.org|repo1?\.maven|pypi\.org"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
AS_PUBLISHED = "tests/node/gbfs-schema/"
MAY_CONTAIN = {"tests/tools/tidy_test.py"}


class Tidy(unittest.TestCase):
    def test_no_file_is_longer_than_400_lines(self):
        sizes = {name: text(name).count("\n") for name in tracked(*CODE)}
        self.assertEqual({name: lines for name, lines in sizes.items() if lines > LINES_MAX}, {})

    def test_nothing_of_one_machine_is_in_the_repository(self):
        wrong = []
        for name in tracked():
            if name in MAY_CONTAIN or name.endswith((".png", ".pbf", ".gz", ".pmtiles", ".woff2")):
                continue
            for number, line in enumerate(text(name).splitlines(), 1):
                wrong += [f"{name}:{number}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(line)]
        self.assertEqual(wrong, [])

    def test_lines_have_no_tabs_or_blanks_at_their_end(self):
        wrong = []
        for name in tracked(*CODE, "*.md", "*.txt", "*.toml", "*.json"):
            if name.startswith(AS_PUBLISHED):
                continue
            for number, line in enumerate(text(name).splitlines(), 1):
                if line != line.rstrip() or "\t" in line:
                    wrong.append(f"{name}:{number}")
        self.assertEqual(wrong, [])

    def test_shell_scripts_parse(self):
        for name in [*tracked("*.sh"), "wayside", ".ci/run"]:
            done = subprocess.run(["bash", "-n", name], cwd=REPO, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)


if __name__ == "__main__":
    unittest.main()
