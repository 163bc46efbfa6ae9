"""`./wayside bench [NAME…]`: runs the benchmarks, all or those named, and prints their tables.

A benchmark is a module of this package with a main(), or a program `*_bench` of the build.
"""

import importlib
import subprocess
import sys
import time
from pathlib import Path

from line.paths import build_dir


def benchmarks():
    """{name: function that runs it and returns an exit code}."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith("_") or "def main(" not in path.read_text(encoding="utf-8"):
            continue
        found[path.stem] = lambda name=path.stem: importlib.import_module("bench." + name).main([])
    for path in sorted(build_dir().glob("tests/bench/*_bench")):
        found[path.name] = lambda path=path: subprocess.run([path], stdin=subprocess.DEVNULL, check=False).returncode
    return found


def main(names):
    found = benchmarks()
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"Error: no benchmark {', '.join(unknown)}; there are {', '.join(found)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or found:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        if found[name]() not in (0, None):
            failed.append(name)
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
