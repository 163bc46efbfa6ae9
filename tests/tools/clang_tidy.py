"""Runs clang-tidy over the C++ files of a build: clang_tidy.py BUILD_DIR [FILE…]. Exit 1 when one has a finding.

A file whose text, included headers and checks are as they were when it passed is not looked at again; the memory is in
BUILD_DIR/clang_tidy/.
"""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sources import REPO, cpp_files


def included_headers(build):
    """{file: our headers that it includes, however deep}, as the last build found them."""
    listed = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found = {}
    for block in listed.split("\n\n"):
        paths = [os.path.relpath((build / line.strip()).resolve(), REPO) for line in block.splitlines()[1:]]
        ours = [path for path in paths if not path.startswith("..") and not path.startswith("build/")]
        if ours:
            found.setdefault(ours[0], set()).update(path for path in ours if path.endswith(".h"))
    return found


def digest(name, headers):
    """Changes with the file, the headers of ours that it includes, and the checks."""
    parts = [REPO / ".clang-tidy", REPO / name, *(REPO / header for header in sorted(headers))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()


def check(name, build, memory, headers):
    """The findings as text; empty when there are none."""
    mark = memory / name.replace("/", "+")
    now = digest(name, headers[name]) if name in headers else None  # never built: nothing is known
    if now and mark.exists() and mark.read_text(encoding="ascii") == now:
        return ""
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), name], cwd=REPO, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stdout + "\n".join(line for line in done.stderr.splitlines() if "error" in line)
    if now:
        mark.write_text(now, encoding="ascii")
    return ""


def main():
    build = Path(sys.argv[1]).resolve()
    memory = build / "clang_tidy"
    memory.mkdir(exist_ok=True)
    built = {os.path.relpath(entry["file"], REPO) for entry in json.loads((build / "compile_commands.json").read_text())}
    names = [name for name in (sys.argv[2:] or cpp_files()) if name in built]
    headers = included_headers(build)
    wrong = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(lambda name: check(name, build, memory, headers), names):
            if findings:
                wrong += 1
                print(findings, flush=True)
    print(f"clang-tidy: {len(names)} files, {wrong} with findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
