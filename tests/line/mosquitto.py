"""mosquitto with the shipped settings: only ports, paths and who may come in are replaced, so tests run what ships."""

import os
import subprocess

from line.paths import REPO, system_program
from line.process import Process

SHIPPED_CONF = REPO / "deploy" / "mosquitto" / "mosquitto.conf"
SHIPPED_ACL = REPO / "deploy" / "mosquitto" / "acl"
PERSISTENCE_CHECK = REPO / "deploy" / "mosquitto" / "check_persistence.sh"

_WHO_MAY_COME_IN = {"listener", "cafile", "certfile", "keyfile", "tls_version", "allow_anonymous", "password_file", "acl_file"}


def shipped_settings():
    """The (key, value) lines of the shipped file that do not say who may come in or where files are."""
    settings = []
    for line in SHIPPED_CONF.read_text(encoding="utf-8").splitlines():
        key, _, value = line.strip().partition(" ")
        if key and not key.startswith("#") and key not in _WHO_MAY_COME_IN | {"persistence_location"}:
            settings.append((key, value.strip()))
    return settings


def write_conf(path, folder, port, tls_port=None, certs=None, passwords=None, persistence=True, extra=()):
    """Writes a settings file. Without `passwords` everybody on this machine may come in and do everything.

    `certs` (a line.certs.Certs) and `tls_port` add a TLS listener; `passwords` is a mosquitto password file, with which
    the shipped ACL file holds.
    """
    lines = [f"listener {port} 127.0.0.1"]
    if tls_port is not None:
        lines += [f"listener {tls_port} 127.0.0.1", f"cafile {certs.ca}", f"certfile {certs.server_cert}",
                  f"keyfile {certs.server_key}", "tls_version tlsv1.2"]
    if passwords is None:
        lines.append("allow_anonymous true")
    else:
        lines += ["allow_anonymous false", f"password_file {passwords}", f"acl_file {SHIPPED_ACL}"]
    settings = dict(shipped_settings()) | {"persistence": "true" if persistence else "false"}
    log_types = [f"log_type {value}" for key, value in shipped_settings() if key == "log_type"]
    settings.pop("log_type", None)
    lines += [f"{key} {value}" for key, value in settings.items()] + log_types
    lines.append(f"persistence_location {folder}")
    if os.geteuid() == 0:
        lines.append("user root")  # else it becomes user mosquitto, who cannot write our folder
    lines += list(extra)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_process(conf_path, log_path, name="mosquitto"):
    """mosquitto as it is started on a server: after the check that sets a damaged persistence file aside."""
    def command():
        with open(log_path, "ab") as log:
            subprocess.run([str(PERSISTENCE_CHECK), str(conf_path)], check=True, stdout=log, stderr=log)
        return [system_program("mosquitto"), "-c", conf_path]

    return Process(name, command, log_path, ready=" running")


def write_passwords(path, users):
    """A mosquitto password file from {user: password}; the passwords go through a file, not the command line."""
    path.write_text("".join(f"{user}:{password}\n" for user, password in users.items()), encoding="utf-8")
    os.chmod(path, 0o600)
    subprocess.run([system_program("mosquitto_passwd"), "-U", str(path)], check=True, capture_output=True)
