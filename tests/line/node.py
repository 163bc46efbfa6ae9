"""Programs of npm that judge what we serve (tests/node)."""

import os
import subprocess

from line.paths import REPO, system_program

FOLDER = REPO / "tests" / "node"


def run_node(script, *arguments, text=None, timeout_s=120):
    """The finished process of a script of tests/node; what it says is in stdout."""
    if not (FOLDER / "node_modules").is_dir():
        raise RuntimeError(f"the packages of {FOLDER.relative_to(REPO)} are missing: run `npm ci` there, or ./wayside test")
    command = [system_program("node"), str(FOLDER / script), *map(str, arguments)]
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(command, input=text, stdin=None if text is not None else subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s,
                          cwd=FOLDER, env=quiet, check=False)
