"""The classes of a running Kafka in a file that the next JVM maps: half of Kafka's start is saved by it (JDK's AppCDS)."""

import os
import shutil
import subprocess

from kafka_node import jars
from line.process import Process
from line.waiting import WaitFailed

READY_TIMEOUT_S = 60.0
WRITE_TIMEOUT_S = 60.0


def path_for(folder):
    """Where the archive for a folder of jars and this very Java lies, or would lie."""
    java = os.stat(os.path.realpath(jars.system_java()))
    return folder / f"classes-{java.st_mtime_ns:x}-{java.st_size:x}.jsa"


def make(folder, make_node):
    """Runs a throw-away node of `make_node(its folder)` once and keeps its classes; nothing to do when they are there.

    Without an archive all works, only slower: a failure is let pass.
    """
    wanted = path_for(folder)
    with jars.held(folder.with_name(folder.name + ".lock")):
        if wanted.exists():
            return
        for old in folder.glob("classes-*.jsa"):
            old.unlink()
        scratch = folder.parent / f".archive-{os.getpid()}"
        try:
            _record(make_node(scratch), wanted)
        except (OSError, RuntimeError, WaitFailed, subprocess.TimeoutExpired):
            pass
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _record(node, wanted):
    node.jars = wanted.parent
    node.prepare()
    fresh = node.folder / wanted.name
    command = node.java(node.MAIN_CLASS, node.settings_path, options=[f"-XX:ArchiveClassesAtExit={fresh}"])
    process = Process("kafka-archive", command, node.folder / "output.log", ready=node.READY_LINE, cwd=node.folder)
    try:
        process.start().wait_ready(READY_TIMEOUT_S)
        process.stop(WRITE_TIMEOUT_S)
    finally:
        process.kill()
    fresh.rename(wanted)
