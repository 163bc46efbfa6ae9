"""A real S3-compatible store on this machine: S3Proxy, which verifies signatures (tests/s3proxy)."""

import os
import sys
import unittest
from pathlib import Path

from line.paths import REPO
from line.ports import free_port
from line.real_kafka import Jvm

sys.path.append(str(REPO / "deploy"))
from kafka_node.jars import JarSet, JarsUnavailable, system_java

FOLDER = REPO / "tests" / "s3proxy"
JARS = JarSet("S3Proxy", FOLDER, "s3proxy-", "s3proxy")


def require_s3_store():
    """For setUpModule: skips the suite with one line where the store cannot be had; with CI=true that is a failure."""
    try:
        JARS.fetch()
    except JarsUnavailable as error:
        if os.environ.get("CI") == "true":
            raise
        raise unittest.SkipTest(f"no S3 store: {error}") from None


class S3Store:
    """Objects are files under `folder`. Its port stays over a stop and a start."""

    KEY_ID, SECRET = "wayside-test", "kept/secret+1"

    def __init__(self, folder, log_path):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        settings = self.folder.parent / "s3proxy.conf"
        settings.write_text("\n".join((
            f"s3proxy.endpoint={self.endpoint}", "s3proxy.authorization=aws-v4", f"s3proxy.identity={self.KEY_ID}",
            f"s3proxy.credential={self.SECRET}", "jclouds.provider=filesystem-nio2", "jclouds.identity=unused",
            "jclouds.credential=unused", f"jclouds.filesystem.basedir={self.folder}", "")), encoding="ascii")
        jars = JARS.fetch()
        command = [system_java(), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                   f"-Dlogback.configurationFile={FOLDER / 'logback.xml'}", "-cp", f"{jars}/*", "org.gaul.s3proxy.Main",
                   "--properties", settings]
        self.process = Jvm("s3", command, log_path, ready="Started Server")

    def environment(self, **more):
        """What a client needs."""
        return {"AWS_ACCESS_KEY_ID": self.KEY_ID, "AWS_SECRET_ACCESS_KEY": self.SECRET, "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_REGION": "us-east-1", **more}

    def make_bucket(self, name):
        (self.folder / name).mkdir()

    def objects(self, bucket):
        """{key: the file with its bytes}."""
        return {str(path.relative_to(self.folder / bucket)): path for path in (self.folder / bucket).rglob("*") if path.is_file()}


if __name__ == "__main__":  # fetches it, so that no test's time limit pays for it
    try:
        print(f"S3Proxy {JARS.version()} is in {JARS.fetch(print)}")
    except JarsUnavailable as error:
        sys.exit(f"Error: {error}")
