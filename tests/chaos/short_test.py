"""A short run of chaos with a fixed list of faults: each named point, and some 60 deaths in all."""

import os
import unittest

from chaos import __main__ as chaos
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka
SEED = os.environ.get("WAYSIDE_TEST_SEED", "11")


class ShortRun(unittest.TestCase):
    def test_nothing_is_lost_or_doubled_over_sixty_kills(self):
        self.assertEqual(chaos.main(["--kills", "60", "--seed", SEED, "--rate", "300", "--stations", "200"]), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
