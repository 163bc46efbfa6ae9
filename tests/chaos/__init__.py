"""Chaos: kills, stops and cuts the real programs under load, and compares what was accepted with what is stored.

`./wayside chaos --kills N --seed S`; README.md beside this file says what is done, compared and promised.
"""
