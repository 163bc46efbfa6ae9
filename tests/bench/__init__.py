"""Benchmarks with the real programs; each module has a main() and can be run alone: python -m bench.NAME."""
