"""What a run has seen, as a table."""

import statistics
from dataclasses import dataclass, field

AIM_S = 3.0
AIM_KAFKA_S = 15.0


def aim_of(row):
    return AIM_KAFKA_S if "kafka" in row else AIM_S


@dataclass
class Row:
    count: int = 0
    deaths: int = 0
    first_s: list = field(default_factory=list)  # till the first new reading of any agent was shown
    all_s: list = field(default_factory=list)  # till one of every agent was
    repeats: int = 0
    failed: int = 0


class Table:
    def __init__(self):
        self.rows = {}

    def row(self, name):
        return self.rows.setdefault(name, Row())

    def deaths(self):
        return sum(row.deaths for row in self.rows.values())

    def text(self):
        lines = [f"{'fault':34} {'count':>5} {'deaths':>6} {'first p50':>9} {'max':>6} {'over aim':>8} {'all p50':>8} {'max':>6} "
                 f"{'repeats':>7}  result"]
        for name in sorted(self.rows):
            row = self.rows[name]
            over = sum(seconds > aim_of(name) for seconds in row.first_s)
            lines.append(f"{name:34} {row.count:5} {row.deaths:6} {middle(row.first_s):>9} {largest(row.first_s):>6} {over:8} "
                         f"{middle(row.all_s):>8} {largest(row.all_s):>6} {row.repeats:7}  {'FAILED' if row.failed else 'ok'}")
        return "\n".join([*lines, self.sum_line()])

    def sum_line(self):
        rows = self.rows.items()
        counted = [(name, seconds) for name, row in rows for seconds in row.first_s]
        over = sum(seconds > aim_of(name) for name, seconds in counted)
        all_s = [seconds for _, row in rows for seconds in row.all_s]
        first_s = [seconds for _, seconds in counted]
        return (f"{'all':34} {sum(row.count for _, row in rows):5} {self.deaths():6} {middle(first_s):>9} {largest(first_s):>6} "
                f"{over:8} {middle(all_s):>8} {largest(all_s):>6} {sum(row.repeats for _, row in rows):7}  "
                f"{'FAILED' if any(row.failed for _, row in rows) else 'ok'}")


def middle(values):
    return f"{statistics.median(values):.2f}" if values else "-"


def largest(values):
    return f"{max(values):.2f}" if values else "-"
