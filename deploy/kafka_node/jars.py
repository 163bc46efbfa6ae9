"""Jars of a Java program, Kafka's above all: fetched by Maven, checked against jars.lock, kept outside the source tree."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "kafka"
FETCH_TIMEOUT_S = 300.0
REASON_CHARS = 110
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class JarsUnavailable(RuntimeError):
    """The program cannot be had on this machine; the text is one line that says why."""


class JarSet:
    """What a folder with pom.xml and jars.lock names. `core` begins the name of the jar whose version is the program's."""

    def __init__(self, title, sources, core, cache):
        self.title = title
        self.pom = sources / "pom.xml"
        self.lock_file = sources / "jars.lock"
        self.core = core
        self.cache = cache

    def locked_sums(self):
        """{name of a jar: its SHA-256} as the lock file has them."""
        lines = self.lock_file.read_text(encoding="ascii").splitlines()
        return {name: checksum for checksum, name in (line.split() for line in lines)}

    def version(self):
        """The program's version, from the lock file."""
        core = next(name for name in self.locked_sums() if name.startswith(self.core))
        return core.removeprefix(self.core).removesuffix(".jar")

    def cache_folder(self):
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base) / "wayside" / f"{self.cache}-{self.version()}"

    def fetch(self, say=lambda text: None):
        """The folder with the jars, each checked; what is missing or wrong is fetched anew.

        Several processes may call it at once: one fetches, the others wait. Raises JarsUnavailable.
        """
        system_java()
        folder = self.cache_folder()
        with held(folder.with_name(folder.name + ".lock")):
            if self.difference(folder):
                say(f"Fetching {self.title} {self.version()} into {folder}")
                self._download(folder)
        return folder

    def difference(self, folder):
        """What distinguishes a folder from the lock file, in words; empty when nothing does."""
        wanted = self.locked_sums()
        found = {path.name for path in folder.glob("*.jar")}
        if wanted.keys() - found:
            return "missing: " + ", ".join(sorted(wanted.keys() - found))
        if found - wanted.keys():
            return "not in jars.lock: " + ", ".join(sorted(found - wanted.keys()))
        wrong = [name for name, checksum in wanted.items() if _sha256(folder / name) != checksum]
        return "other content than jars.lock says: " + ", ".join(wrong) if wrong else ""

    def _download(self, folder):
        fresh = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder.parent))
        try:
            _run_maven(self.pom, fresh)
            wrong = self.difference(fresh)
            if wrong:
                raise JarsUnavailable(f"Maven's jars are refused: {wrong}")
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


KAFKA = JarSet("Kafka", SOURCES, "kafka_2.13-", "kafka")


def system_java():
    return _tool("java", "openjdk-17-jre-headless")


@contextlib.contextmanager
def held(path):
    """Only one process at a time is in the block of a path. The kernel lets go of it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run_maven(pom, into):
    command = [_tool("mvn", "maven"), "-B", "-q", "-C", "-Dstyle.color=never", "-f", str(pom),
               "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={into}"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise JarsUnavailable(f"Maven did not fetch the jars within {FETCH_TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        raise JarsUnavailable(f"Maven could not fetch the jars: {_reason(done.stdout + done.stderr)}")


def _reason(output):
    lines = [line.removeprefix("[ERROR]").strip() for line in _COLOURS.sub("", output).splitlines() if line.strip()]
    text = lines[0].partition(" -> [Help")[0] if lines else "it says nothing"
    # What was wanted stands at the beginning, and why it could not be had at the end.
    return text if len(text) <= 2 * REASON_CHARS else f"{text[:REASON_CHARS]} … {text[-REASON_CHARS:]}"


def _tool(name, package):
    path = shutil.which(name)
    if path is None:
        raise JarsUnavailable(f"{name} is not installed (Debian package {package})")
    return path


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
