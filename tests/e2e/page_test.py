"""Proves that the page works against the real central: the browser tests of tests/browser on a running line.

(Those that need their own server are for the stub and do not run here; the suite browser_map runs them.)
"""

import os
import subprocess
import unittest

from line import Line
from line.paths import REPO, system_program
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Page(unittest.TestCase):
    def test_the_page_shows_the_line_and_its_changes(self):
        with Line() as line:
            line.start_broker()
            line.start_kafka()
            line.start_bridge()
            line.start_central()
            sim = line.start_sim("sim", "gbfs", "--listen", "127.0.0.1:0", "--stations", 40, "--ttl", 1, "--change-interval", 1,
                                 "--trips-per-hour", 120)
            url = sim.log_field("ready", "details").removeprefix("gbfs=")
            line.start_agent("page", [{"name": "city", "driver": "gbfs", "url": url, "poll_interval_s": 1}])
            line.api.wait_for(lambda api: len(api.stations()) == 40, "40 stations", watch=line.check)
            done = subprocess.run([system_program("node"), "--test", "map.test.mjs"], cwd=REPO / "tests" / "browser",
                                  env={**os.environ, "WAYSIDE_CENTRAL_URL": line.api.base_url}, capture_output=True, text=True,
                                  timeout=300, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            passed = [text for text in done.stdout.splitlines() if text.startswith("# pass ")]
            self.assertGreaterEqual(int(passed[0].split()[2]), 5, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
