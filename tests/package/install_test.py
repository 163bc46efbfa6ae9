"""Proves that the packages install, run, upgrade and leave a Debian system as they should: data stay on remove, nothing on purge.

In a container whose first process is systemd, so that the units are judged by what will run them. The packages are those of
build/packages (WAYSIDE_PACKAGES); what is there is also held against lintian. Needs root.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from container import Container, run
from line import wait_until
from line.paths import REPO
from line.toml_text import to_toml

PACKAGES = Path(os.environ.get("WAYSIDE_PACKAGES", REPO / "build" / "packages"))
COMPONENTS = ("agent", "bridge", "central")
UPLOAD = """
import sys; sys.path.insert(0, sys.argv[1])
from hardware import Hardware
hardware = Hardware(8085)
sys.exit(0 if hardware.send(hardware.make("quay")) else 1)
"""
SETTINGS = {
    "agent": {"agent": "pi", "clock": "trust", "mqtt": {"host": "127.0.0.1"}, "source": [
        {"name": "posts", "driver": "http_push", "listen": "127.0.0.1:8085",
         "device": [{"key": "topics/quay", "station_id": "quay", "name": "Quay", "lat": 41.5, "lon": -36.4}]}]},
    "bridge": {"mqtt": {"host": "127.0.0.1"}, "kafka": {"brokers": "127.0.0.1:9092"}},
    "central": {"kafka": {"brokers": "127.0.0.1:9092"}},
}


def deb(component):
    return next(PACKAGES.glob(f"wayside-{component}_*_amd64.deb"))


def dependencies():
    """The packages that ours depend on, so that the container needs no network."""
    fields = [run("dpkg-deb", "--field", deb(name), "Depends").strip() for name in COMPONENTS]
    names = {part.split()[0] for field in fields for part in field.split(",")}
    return {"libspdlog1.10" if name == "libspdlog1.10-fmt9" else name for name in names}


def newer(path, folder):
    """The same package with a higher version."""
    run("dpkg-deb", "--raw-extract", path, folder / "x")
    control = folder / "x" / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 99."))
    run("dpkg-deb", "--root-owner-group", "--build", folder / "x", folder / "newer.deb")
    run("rm", "-r", folder / "x")
    return folder / "newer.deb"


@unittest.skipIf(os.geteuid() != 0, "needs root")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.container = cls.enterClassContext(Container(dependencies(), [*map(deb, COMPONENTS), newer(deb("agent"), folder)]))

    def dpkg(self, *arguments):
        return self.container.run("dpkg", *arguments)

    def show(self, component, what):
        return self.container.run("systemctl", "show", "--value", "-p", what, f"wayside-{component}").strip()

    def wait_active(self, component):
        wait_until(lambda: self.show(component, "ActiveState") == "active", f"{component} active", 60)

    def log(self, component):
        return self.container.run("journalctl", "--no-pager", "-u", f"wayside-{component}")

    def install(self, component):
        self.dpkg("--install", f"/debs/{deb(component).name}")

    def configure(self, component):
        name = f"wayside-{component}"  # as the README says
        self.container.run("install", "-D", "-m", "640", "-g", name, f"/usr/share/doc/{name}/examples/{component}.toml",
                           f"/etc/wayside/{component}.toml")
        self.container.path(f"/etc/wayside/{component}.toml").write_text(to_toml(SETTINGS[component]))
        self.container.run("systemctl", "restart", f"wayside-{component}")
        self.wait_active(component)

    def waiting(self):
        """The accounts of epochs of which a reading waits in the outbox, and the whole status."""
        status = self.container.run("wayside-agent", "status")
        return [line for line in status.splitlines() if "epoch " in line and not line.endswith("waiting 0")], status

    def traces(self, component):
        """Every file that has the package's name, dpkg's and the journal's records of the past apart."""
        name = f"wayside-{component}"
        found = self.container.run("sh", "-c", f"find / -xdev -name '*{name}*' -not -path '/debs/*' -not -path '/proc/*' "
                                   f"-not -path '/sys/*'; grep -l {name} /etc/passwd /etc/group; ls -d /etc/wayside", check=False)
        return [line for line in found.splitlines() if line.startswith("/")]

    def test_agent_installs_runs_upgrades_and_leaves(self):
        self.install("agent")
        self.assertEqual(self.show("agent", "ActiveState"), "inactive", "without settings")
        self.assertEqual(self.show("agent", "UnitFileState"), "enabled")
        self.configure("agent")
        self.assertEqual(self.show("agent", "User"), "wayside-agent")
        process = self.container.run("cat", f"/proc/{self.show('agent', 'MainPID')}/status")
        self.assertIn("NoNewPrivs:\t1", process)
        self.assertIn("CapEff:\t0000000000000000", process)
        self.container.run_at_its_network(sys.executable, "-c", UPLOAD, str(REPO / "tests" / "integration"))
        lines, status = self.waiting()
        self.assertEqual(len(lines), 1, status)

        with self.subTest("a loop that hangs is found by systemd"):
            self.container.run("sh", "-c", "mkdir -p /run/systemd/system/wayside-agent.service.d; "
                               "printf '[Service]\\nWatchdogSec=3\\nRestartSec=0\\n' >/run/systemd/system/wayside-agent.service.d/fast.conf; "
                               "systemctl daemon-reload; systemctl restart wayside-agent")
            self.wait_active("agent")
            self.container.run("systemctl", "kill", "--signal=STOP", "wayside-agent")
            wait_until(lambda: self.show("agent", "NRestarts") == "1", "systemd to start it again", 30)
            self.wait_active("agent")
            self.container.run("sh", "-c", "rm -r /run/systemd/system/wayside-agent.service.d; systemctl daemon-reload")

        before = self.show("agent", "MainPID")
        self.dpkg("--install", "/debs/newer.deb")
        self.wait_active("agent")
        self.assertNotEqual(self.show("agent", "MainPID"), before)
        self.assertEqual(self.waiting()[0], lines, "the reading outlives the upgrade")

        self.dpkg("--remove", "wayside-agent")
        self.assertEqual(self.show("agent", "ActiveState"), "inactive")
        for path in ("/var/lib/wayside-agent/outbox.db", "/etc/wayside/agent.toml"):
            self.assertTrue(self.container.path(path).exists(), path)
        self.install("agent")
        self.wait_active("agent")
        self.assertEqual(self.waiting()[0], lines, "the reading outlives the package")

        self.dpkg("--purge", "wayside-agent")
        self.assertEqual(self.traces("agent"), [])

    def test_bridge_and_central_install_run_and_leave(self):
        for component in ("bridge", "central"):
            self.install(component)
            self.assertEqual(self.show(component, "ActiveState"), "inactive", "without settings")
            self.configure(component)
            self.assertEqual(self.show(component, "User"), f"wayside-{component}")
            self.assertEqual(self.show(component, "NRestarts"), "0", self.log(component))
        wait_until(lambda: "waiting_for_kafka" in self.log("bridge"), "the bridge to say what it waits for", 60)
        page = self.container.run_at_its_network("curl", "--silent", "--fail", "http://127.0.0.1:8080/healthz")
        self.assertTrue(page, self.log("central"))
        for component in ("bridge", "central"):
            self.dpkg("--remove", f"wayside-{component}")
        self.assertTrue(self.container.path("/var/lib/wayside-central/central.db").exists())
        for component in ("bridge", "central"):
            self.dpkg("--purge", f"wayside-{component}")
        self.assertEqual(self.traces("bridge") + self.traces("central"), [])

    def test_lintian_has_nothing_to_say(self):
        debs = sorted(PACKAGES.glob("*.deb"))
        done = subprocess.run(["lintian", "--allow-root", "--fail-on=error,warning", *debs], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), json.dumps(done.stdout.splitlines(), indent=1))

    def test_footprint(self):
        """Not a limit but the figure: what the agent adds to a Debian that has systemd."""
        names = run("dpkg-deb", "--field", deb("agent"), "Depends").strip().split(", ")
        size = lambda name: int(self.container.run("dpkg-query", "-W", "-f", "${Installed-Size}", name) or 0)
        libraries = {name.split()[0].replace("libspdlog1.10-fmt9", "libspdlog1.10") for name in names} - {"adduser"}
        own = int(run("dpkg-deb", "--field", deb("agent"), "Installed-Size"))
        print(f"\nagent {own} KiB; libraries it names: " + ", ".join(f"{name} {size(name)}" for name in sorted(libraries)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
