"""Proves that each .deb holds what contents.txt lists, needs what its program is linked with, and has scripts that parse.

It packs the programs of this build, whichever they are; the list is the same for all of them. Those of a build for another
architecture run in the emulator that WAYSIDE_EMULATOR names.
"""

import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

from line.paths import REPO, build_dir, program

EMULATOR = shlex.split(os.environ.get("WAYSIDE_EMULATOR", ""))
COMPONENTS = ("agent",) if EMULATOR else ("agent", "bridge", "central")
# Libraries of the sanitizers belong to the tests' builds only.
NOT_SHIPPED = re.compile(r"lib(asan|ubsan|tsan)\.so")


def run(*command, cwd=None):
    return subprocess.run([str(part) for part in command], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=110, check=True).stdout


def listed():
    """{package: its paths} of contents.txt, where @ stands for the program's last name."""
    lines = [line for line in (Path(__file__).parent / "contents.txt").read_text().splitlines() if line and line[0] != "#"]
    return {f"wayside-{name}": sorted(line.replace("@", name) for line in lines) for name in COMPONENTS}


def package_of(library):
    """The installed package that has a library; Debian names it alike on each architecture."""
    if library.startswith("ld-linux"):
        return "libc6"
    known = run("/sbin/ldconfig", "-p").splitlines()
    path = next(line.split(" => ")[1] for line in known if line.split()[0] == library)
    path = str(Path(path).resolve()).removeprefix("/usr")  # dpkg knows some libraries by their way before /usr was merged
    found = subprocess.run(["dpkg-query", "--search", path, "/usr" + path], capture_output=True, text=True, check=False).stdout
    return found.split(":")[0]


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        run("cpack", "--config", "CPackConfig.cmake", "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=build_dir())
        cls.debs = {path.name.split("_")[0]: path for path in Path(folder).glob("*.deb")}

    def test_each_program_has_its_package(self):
        self.assertEqual(sorted(self.debs), sorted(listed()))

    def test_each_package_holds_what_the_list_says(self):
        for package, paths in listed().items():
            rows = [row.split(None, 5) for row in run("dpkg-deb", "--contents", self.debs[package]).splitlines()]
            found = sorted(f"{row[0]} {row[5]}" for row in rows if row[0][0] != "d")
            self.assertEqual(found, paths, package)
            self.assertEqual({row[1] for row in rows}, {"root/root"}, package)
            self.assertEqual({row[0] for row in rows if row[0][0] == "d"}, {"drwxr-xr-x"}, package)

    def test_dependencies_are_those_that_the_program_is_linked_with(self):
        for package, deb in self.debs.items():
            needed = set(re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "--dynamic", program(package))))
            linked = {package_of(name) for name in needed if not NOT_SHIPPED.match(name)}
            named = {part.split()[0] for part in run("dpkg-deb", "--field", deb, "Depends").split(",")}
            named = {"libspdlog1.10" if name == "libspdlog1.10-fmt9" else name for name in named}  # what its shlibs file says
            self.assertEqual(named - {"adduser"}, linked, package)

    def test_maintainer_scripts_parse_and_name_no_template(self):
        for package, deb in self.debs.items():
            with tempfile.TemporaryDirectory() as folder:
                run("dpkg-deb", "--control", deb, folder)
                scripts = [Path(folder) / name for name in ("postinst", "prerm", "postrm")]
                for script in scripts:
                    run("dash", "-n", script)
                    self.assertNotIn("@", script.read_text(), f"{package} {script.name}")

    def test_the_example_is_what_the_program_prints_and_the_man_page_names_it(self):
        for package, deb in self.debs.items():
            with tempfile.TemporaryDirectory() as folder:
                run("dpkg-deb", "--extract", deb, folder)
                component = package.split("-")[1]
                example = Path(folder) / f"usr/share/doc/{package}/examples/{component}.toml"
                self.assertEqual(example.read_text(), run(*EMULATOR, program(package), "--example-settings"), package)
                page = run("zcat", Path(folder) / f"usr/share/man/man1/{package}.1.gz")
                self.assertIn(f"\n{package} \\- ", page)
                self.assertNotIn(str(REPO), page)
                self.assertNotIn("qemu", page)
                self.assertIn("--config".replace("-", "\\-"), page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
