"""Tests of the whole line with the real programs."""
