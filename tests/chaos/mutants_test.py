"""Proves that chaos finds what it is for: each known mistake (common/base/mutant.h) within five directed kills.

The mistakes are in builds with WAYSIDE_MUTANTS only.
"""

import unittest

from chaos import __main__ as chaos
from chaos.plan import MUTANTS
from line.real_kafka import require_real_kafka

setUpModule = require_real_kafka


class Mutants(unittest.TestCase):
    def test_each_mutant_is_caught_within_five_directed_kills(self):
        for name in MUTANTS:
            with self.subTest(mutant=name):
                self.assertEqual(chaos.main(["--mutant", name, "--seed", "1", "--rate", "300", "--stations", "50"]), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
