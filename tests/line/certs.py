"""A throw-away certificate authority and a server certificate for 127.0.0.1 and localhost, by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Certs:
    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path


def make_certs(folder):
    """Writes ca.pem, server.pem, server.key, client.pem and client.key. Takes a fraction of a second."""
    folder = Path(folder)
    ca_key, ca = folder / "ca.key", folder / "ca.pem"
    _openssl("req", "-x509", *_new_key(ca_key), "-subj", "/CN=Wayside test authority", "-days", "2", "-out", ca)
    for name, usage in (("server", "serverAuth"), ("client", "clientAuth")):
        request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage={usage}\n", encoding="ascii")
        _openssl("req", *_new_key(folder / f"{name}.key"), "-subj", f"/CN={name}", "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
                 "-extfile", extensions, "-out", folder / f"{name}.pem")
    return Certs(ca, folder / "server.pem", folder / "server.key", folder / "client.pem", folder / "client.key")


def _new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]


def _openssl(*arguments):
    command = ["openssl", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
