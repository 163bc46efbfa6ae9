"""A Debian root with systemd as its first process, in a container without a network but loopback. Needs root."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from line.process import Process
from line.waiting import wait_until

SUITE = "bookworm"
BOOT_S = 120


def run(*command, check=True, timeout=300):
    """What a program printed. Raises with it when it fails."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def base_tar(packages):
    """A root with these packages, made once by mmdebstrap and kept in the cache folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wayside"
    cache.mkdir(parents=True, exist_ok=True)
    names = ",".join(sorted({"systemd", "systemd-sysv", "dbus", *packages}))
    tar = cache / f"root-{SUITE}-{hashlib.sha256(names.encode()).hexdigest()[:12]}.tar"
    with open(f"{tar}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tar.exists():
            part = tar.with_suffix(".part.tar")
            run("mmdebstrap", "--variant=apt", f"--include={names}", "--aptopt=Acquire::Retries \"3\"", SUITE, part, timeout=1800)
            part.rename(tar)
    return tar


class Container:
    """Booted on entering, powered off and removed on leaving."""

    def __init__(self, packages, files=()):
        self.folder = Path(tempfile.mkdtemp(prefix="wayside-root-"))
        self.root = self.folder / "root"
        self.root.mkdir()
        run("tar", "-x", "-C", self.root, "-f", base_tar(packages))
        (self.root / "debs").mkdir()
        for path in files:
            shutil.copy(path, self.root / "debs")
        command = ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--private-network", "--console=pipe", "-D",
                   self.root, "--boot"]
        self.machine = Process("container", command, self.folder / "console.log")
        self.leader = None

    def __enter__(self):
        self.machine.start()
        try:
            wait_until(self._find_leader, "the container's first process", BOOT_S, watch=self.machine.check)
            wait_until(lambda: self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"),
                       "the container to be up", BOOT_S, watch=self.machine.check)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.leader is not None and self.machine.running():
            self.run("systemctl", "poweroff", check=False)
            try:
                wait_until(lambda: not self.machine.running(), "the container to go", 60)
            except Exception:
                pass
        self.machine.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command, check=True):
        """A command inside."""
        return run("nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--",
                   *command, check=check)

    def run_at_its_network(self, *command):
        """A program of this machine, on the container's loopback."""
        return run("nsenter", "--target", self.leader, "--net", "--", *command)

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def _find_leader(self):
        children = Path(f"/proc/{self.machine.child.pid}/task/{self.machine.child.pid}/children").read_text(encoding="ascii").split()
        for child in children:
            if Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip() == "systemd":
                self.leader = child
                return True
        time.sleep(0.05)
        return False
