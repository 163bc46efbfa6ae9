"""The rounds of a run: load, faults, settling, comparison."""

import time

from chaos import compare
from chaos.faults import NotReached
from chaos.kafka_log import KafkaLog
from chaos.plan import make_plan
from chaos.system import DRIFT, System
from chaos.table import Table
from line import Line
from line.process import ProcessFailed
from line.waiting import WaitFailed, wait_until

PARTITIONS = 12
RECOVERY_LIMIT_S = 45.0  # more is no progress; what is aimed at stands in table.py
SETTLE_LIMIT_S = 120.0
CHECK_WHOLE_EVERY = 10  # rounds; integrity_check reads the whole file


class Run:
    def __init__(self, options, rounds=None):
        self.options = options
        self.rounds = rounds if rounds is not None else make_plan(options.kills, options.seed)
        self.table = Table()
        self.faults = []
        self.differences = 0  # of them, what comparing has found
        self.log = None
        self.system = None
        self.all_well = True  # the fault before is over
        self.began = time.monotonic()
        self.deaths_planned = sum(fault.deaths for plan in self.rounds for _, fault, _ in plan.steps)

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f} {text}", flush=True)

    def fail(self, text):
        self.faults.append(text)
        self.say(f"FAILED: {text}")

    def run(self):
        """Returns the faults found."""
        with Line(self.options.folder) as line:
            self.system = System(line, self.options)
            try:
                self.system.start()
                self.log = KafkaLog(line.brokers, PARTITIONS)
                self.say(f"ready: {len(self.system.stations())} stations, seed {self.options.seed}, in {line.folder}")
                for number, plan in enumerate(self.rounds, 1):
                    self.round(number, plan, number == len(self.rounds) or number % CHECK_WHOLE_EVERY == 0)
                    if self.faults and not self.options.go_on:
                        break
                if not self.faults:
                    self.compare_everything()
                if self.faults and not self.options.mutant:
                    line.temporary = False  # keep what shows it
                    self.say(f"logs and data are kept in {line.folder}")
            finally:
                self.system.end()
        return self.faults

    def verdict(self):
        log, refused = self.log, sum(source.refused for source in self.system.sources.values())
        found = f"{len(self.faults)} FAULTS" if self.faults else "lost 0, doubled 0"
        return (f"{self.table.deaths()} deaths, {self.system.witness.accepted_total} readings accepted, {log.distinct()} stored, "
                f"{log.repeated} repeats dropped, {log.refused_count()} refused by name, {refused} never accepted (disk); "
                f"seed {self.options.seed}, {(time.monotonic() - self.began) / 60:.1f} min: {found}")

    # ---- one round ----

    def round(self, number, plan, whole):
        began_ms = self.system.begin_round()
        self.system.keep_old_persistence()
        for pause_s, fault, wait in plan.steps:
            time.sleep(pause_s)
            self.step(number, fault, wait)
        try:
            self.wait_recovered("the last fault", time.time(), None)
            self.all_well = True
            self.system.pause()
            settled_s = self.settle()
        except (WaitFailed, ProcessFailed) as error:
            self.system.pause()
            self.fail(f"round {number} did not settle: {error}")
            settled_s = SETTLE_LIMIT_S
        for fault in self.compare(began_ms, plan.broker_lives, whole):
            self.differences += 1
            self.fail(f"round {number}: {fault}")
        viewer = self.system.viewer
        self.say(f"round {number} of {len(self.rounds)}: settled in {settled_s:.1f} s; {self.system.witness.accepted_total} accepted, "
                 f"{self.log.distinct()} stored, {self.log.repeated} repeats, {self.log.refused_count()} refused by name, "
                 f"{self.table.deaths()} deaths, {viewer.events} events seen; "
                 f"{'compared, equal' if not self.faults else 'FAILED'}{self.time_left()}")

    def time_left(self):
        left = self.deaths_planned - self.table.deaths()
        if left <= 0 or not self.table.deaths():
            return ""
        return f"; some {left * (time.monotonic() - self.began) / self.table.deaths() / 60:.0f} min left"

    def step(self, number, fault, wait):
        self.say(f"round {number}: {fault.text}")
        row = self.table.row(fault.row)
        repeated = self.repeats()
        try:
            ready_at = fault.do(self.system)
            row.count += 1
            row.deaths += fault.deaths
            if wait:
                # What another fault left behind is not this one's time.
                self.wait_recovered(fault.text, ready_at, row if self.all_well else None)
            self.all_well = wait
            self.check_alive()
        except (NotReached, WaitFailed, ProcessFailed) as error:
            row.failed += 1
            self.fail(f"{fault.text}: {error}")
            self.revive()
        row.repeats += self.repeats() - repeated

    def wait_recovered(self, what, ready_at, row):
        """Until the viewer has seen a reading of every agent that was observed after `ready_at`."""
        newest, ready_ms = self.system.viewer.newest, ready_at * 1000
        missing = {agent: own for agent, own in self.system.agents.items() if agent != DRIFT}  # that one's clock may be behind
        first = None

        def all_shown():
            nonlocal first
            for agent in list(missing):
                if any(newest.get(station, 0) >= ready_ms for station in missing[agent]):
                    first = first if first is not None else time.time() - ready_at
                    del missing[agent]
            return not missing

        try:
            wait_until(all_shown, f"a new reading of {', '.join(missing)} after {what}", RECOVERY_LIMIT_S, 0.01)
        finally:
            if row is not None and first is not None:
                row.first_s.append(first)
                row.all_s.append(time.time() - ready_at)

    def check_alive(self):
        for name in self.system.processes():
            self.system.process(name).check()

    def revive(self):
        for name in self.system.processes():
            if not self.system.process(name).running():
                self.system.start_process(name)
        for machine in self.system.machines.values():
            machine.disk_well()
            machine.shift_clock(0)

    def repeats(self):
        """Repeats that central has counted, as far as it has come."""
        with compare.closing(self.system.database()) as database:
            return database.execute("SELECT coalesce(sum(repeated), 0) FROM account").fetchone()[0]

    # ---- settling and comparing ----

    def settle(self):
        """Until nothing is on its way any more; returns how long that took."""
        began = time.time()
        for publisher in self.system.quiet:
            if not publisher.settle(SETTLE_LIMIT_S):
                raise WaitFailed(f"{publisher.station} has no PUBACK for {len(publisher.waiting)} messages")
        api = self.system.line.api
        last = {}

        def agents_empty(api):
            said = {health["agent"]: health for health in api.pipeline()["agents"] if health["agent"] in self.system.agents}
            last.update({name: health.get("outbox", {}).get("readings") for name, health in said.items()})
            return len(said) == len(self.system.agents) and all(
                compare.to_ms(health["last_word_at"]) > began * 1000 and health.get("outbox", {}).get("readings") == 0
                and sum(epoch["waiting"] for epoch in health["epochs"]) == 0 for health in said.values())

        try:
            api.wait_for(agents_empty, "empty outboxes", SETTLE_LIMIT_S, 0.1)
        except WaitFailed as error:
            raise WaitFailed(f"{error}; outboxes hold {last}") from None
        wait_until(self.central_has_all, "central to reach the end of the log", SETTLE_LIMIT_S, 0.1)
        return time.time() - began

    def central_has_all(self):
        self.log.update()
        with compare.closing(self.system.database()) as database:
            rows = database.execute("SELECT partition, next_offset FROM partition_offset WHERE topic = 'weather'").fetchall()
        return all(dict(rows).get(partition, 0) >= offset for partition, offset in self.log.next_offset.items())

    def compare(self, began_ms, broker_lives, whole):
        system = self.system
        faults = []
        with compare.closing(system.database()) as database:
            stored = compare.stored_since(database, began_ms)
            faults += compare.check_sets(stored, system.witness, system.stations())
            faults += compare.check_undated(database, system.witness, system.undated_stations())
            for publisher in system.quiet:
                faults += compare.check_quiet(stored, publisher, broker_lives)
            faults += compare.check_database(database, self.log, whole)
        if whole:
            faults += compare.check_bronze(system.line.folder / "config" / "central.toml", self.log)
        faults += compare.check_ledger(system.line.api, self.log)
        faults += compare.check_state(system.line.api, self.log)
        faults += system.viewer.faults
        system.viewer.faults = []
        return faults

    def compare_everything(self):
        """Once more over the whole run, from the witness's file."""
        accepted, maybe = {}, {}
        with open(self.system.witness.file.name, encoding="ascii") as lines:
            for line in lines:
                kind, station, *items = line.split()
                readings = {tuple(map(int, item.split(":"))) for item in items}
                (accepted if kind == "A" else maybe).setdefault(station, set()).update(readings)
        with compare.closing(self.system.database()) as database:
            total = sum(len(compare.station_rows(database, station)) for station in self.system.undated_stations())
            for fault in compare.check_undated(database, self.system.witness, self.system.undated_stations()):
                self.fail(f"whole run, {fault}")
            for station in self.system.stations():
                rows = compare.station_rows(database, station)
                have, sure = set(rows), accepted.get(station, set())
                total += len(rows)
                if len(have) != len(rows) or not sure <= have or not have <= sure | maybe.get(station, set()):
                    self.fail(f"whole run, {station}: {len(rows)} rows, {len(have)} distinct, {len(sure - have)} lost")
        self.say(f"whole run: {total} stored and {self.log.refused_count()} refused readings of {self.system.witness.accepted_total} "
                 "accepted compared as sets")
