"""Which files of the repository a check looks at."""

import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def tracked(*patterns):
    """Paths from the root that git tracks or would track and that exist."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=True).stdout.split("\n")
    return sorted({name for name in listed if name and (REPO / name).is_file()})


def cpp_files():
    return tracked("*.cc", "*.h")


def text(name):
    return (REPO / name).read_text(encoding="utf-8")
