"""Where the programs and the repository are."""

import os
import shutil
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

_FOLDER_OF = {
    "wayside-agent": "edge",
    "wayside-bridge": "bridge",
    "wayside-central": "central",
    "wayside-sim": "firmware-sim",
    "wayside-devkafka": "deploy",
}


def build_dir():
    """The CMake build folder whose programs are used: WAYSIDE_BUILD_DIR, else the dev preset's."""
    return Path(os.environ.get("WAYSIDE_BUILD_DIR", REPO / "build" / "dev"))


def program(name):
    """Path of one of our programs. Raises FileNotFoundError with what to do."""
    path = build_dir() / _FOLDER_OF[name] / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not built: ninja -C {build_dir()} {name}")
    return str(path)


def system_program(name):
    """Path of an installed program; /usr/sbin counts although a user's PATH often lacks it."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if path is None:
        raise FileNotFoundError(f"{name} is not installed: ./wayside test installs what the tests need")
    return path


def captures():
    """The folder of captured data, or None: WAYSIDE_CAPTURES."""
    folder = os.environ.get("WAYSIDE_CAPTURES")
    return Path(folder) if folder and Path(folder).is_dir() else None
