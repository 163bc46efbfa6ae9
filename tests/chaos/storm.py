"""`./wayside chaos --storm N`: N agents lose their broker, gather a backlog, and all come back at once.

The agents are real uplinks and outboxes, many in a process (programs/storm.cc). Measured: until all are connected; whether
live readings overtake the backlog; the drain against the live rate; the broker's memory and queue. Compared: each station's
account at central holds 1 to the last seq the agent gave, nothing missing, nothing refused, and as many rows.
"""

import resource
import subprocess
import time

from chaos.compare import closing
from line import Line, silver
from line.paths import build_dir, system_program
from line.process import die_with_parent
from line.waiting import wait_until

AGENTS_A_PROCESS = 250
INTERVAL_MS = 4000
BACKLOG = 150  # readings of each agent
DOWN_S = 10.0
FILES_SPARE = 1000
CONNECT_LIMIT_S = 90
DRAIN_LIMIT_S = 240
DRAIN_AIM = 3.0  # times the live rate
QUEUE_TOPIC = "$SYS/broker/store/messages/count"


class Agents:
    """One child process; take() reads what it has said."""

    def __init__(self, port, first, count):
        command = [str(build_dir() / "tests" / "chaos" / "programs" / "wayside-storm"), str(port), str(first), str(count),
                   str(INTERVAL_MS)]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      preexec_fn=die_with_parent())
        self.online = self.waiting = self.accepted = 0
        self.reports = []

    def say(self, word):
        self.child.stdin.write(word + "\n")
        self.child.stdin.flush()
        while self.take() != "done":
            pass

    def take(self):
        words = self.child.stdout.readline().split()
        if not words:
            raise RuntimeError("a process of agents has ended")
        if words[0] == "state":
            self.online, self.waiting, self.accepted = map(int, words[1:])
        elif words[0] == "agent":
            self.reports.append((words[1], words[2], int(words[3]), int(words[4])))
        return words[0]

    def fresh(self):
        while self.take() != "state":
            pass
        return self


class Storm:
    def __init__(self, agents, say):
        self.count = agents
        self.say = say
        self.processes = []
        self.faults = []
        self.memory_mb = 0.0
        self.queue_max = 0
        self.line = None

    def run(self):
        """Returns what was not as it must be."""
        raise_file_limit(self.count + FILES_SPARE)
        with Line() as self.line:
            line = self.line
            line.start_real_kafka()
            line.start_broker()
            line.start_bridge()
            line.start_central()
            try:
                self.storm(line)
            finally:
                for process in self.processes:
                    process.child.kill()
                    process.child.wait()
        return self.faults

    def storm(self, line):
        began = time.time()
        for first in range(0, self.count, AGENTS_A_PROCESS):
            self.processes.append(Agents(line.mqtt_port, first, min(AGENTS_A_PROCESS, self.count - first)))
        self.wait(lambda: self.sum("online") == self.count, "all agents to connect", CONNECT_LIMIT_S)
        self.say(f"{self.count} agents connected within {time.time() - began:.1f} s of their start, as many readings each "
                 f"{INTERVAL_MS / 1000:g} s: {1000 * self.count / INTERVAL_MS:.0f}/s live")
        self.wait(lambda: self.sum("waiting") < self.count, "live readings to flow", CONNECT_LIMIT_S)
        time.sleep(INTERVAL_MS / 1000)
        line.process["mosquitto"].kill()
        for process in self.processes:
            process.say(f"burst {BACKLOG}")
            process.say("mark")
        time.sleep(DOWN_S)
        returned = time.time()
        line.process["mosquitto"].start()
        queue = self.watch_queue()
        self.wait(lambda: self.sum("online") == self.count, "all agents to come back", CONNECT_LIMIT_S)
        self.say(f"all connected {time.time() - returned:.1f} s after the broker's return; {self.sum('waiting')} readings wait")
        self.wait(lambda: self.sum("waiting") < self.count, "the backlog to drain", DRAIN_LIMIT_S)
        self.say(f"backlog drained {time.time() - returned:.1f} s after the broker's return")
        for process in self.processes:
            process.say("quiet")
        self.wait(lambda: self.sum("waiting") == 0, "the last receipts", DRAIN_LIMIT_S)
        queue.kill()
        self.queue_max = max([int(value) for value in queue.communicate()[0].split()] + [0])
        for process in self.processes:
            process.say("health")
            process.say("end")
        self.compare([report for process in self.processes for report in process.reports], returned)

    def sum(self, what):
        return sum(getattr(process, what) for process in self.processes)

    def wait(self, condition, what, limit_s):
        def looked():
            for process in self.processes:
                process.fresh()
            self.memory_mb = max(self.memory_mb, self.line.process["mosquitto"].memory_kb("VmHWM") / 1024)
            return condition()

        wait_until(looked, what, limit_s, 0, self.line.check)

    def watch_queue(self):
        """The broker's own count of the messages it holds, each 10 s (sys_interval)."""
        wait_until(lambda: " running" in self.line.process["mosquitto"].log_text(), "mosquitto to run")
        return subprocess.Popen([system_program("mosquitto_sub"), "-p", str(self.line.mqtt_port), "-t", QUEUE_TOPIC],
                                stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent())

    # ---- comparison ----

    def compare(self, reports, returned):
        total = sum(accepted for _, _, accepted, _ in reports)
        database = self.line.folder / "data" / "central" / "central.db"
        wait_until(lambda: rows_of(database) >= total, f"{total} rows at central", DRAIN_LIMIT_S, 0.2)
        with closing(database) as connection:
            accounts = {(station, epoch): numbers for station, epoch, *numbers in connection.execute(
                "SELECT station_id, epoch, received_n, last_seq, missing_n, refused_n, repeated FROM account "
                "JOIN station USING (station_pk)")}
            wrong = [(name, accounts.get((name, epoch))) for name, epoch, accepted, _ in reports
                     if accounts.get((name, epoch), ())[:4] != [accepted, accepted, 0, 0]]
            rows = rows_of(database)
            if wrong or rows != total:
                self.faults.append(f"{total} accepted, {rows} stored; accounts of {len(wrong)} agents differ: {wrong[:5]}")
            self.tell_order(connection, reports, returned, total, sum(numbers[4] for numbers in accounts.values()))

    def tell_order(self, connection, reports, returned, total, repeated):
        readings = {}
        for row in silver.rows(connection):
            readings.setdefault(row.station_id, []).append([row.observed_at, row.received_at, row.stored_at])
        waits, behind, back, first, last = [], 0, 0, None, 0
        for name, _, _, online_ms in reports:
            old = [received for observed, received, _ in readings[name] if observed < online_ms and received >= returned * 1000]
            live = min((times for times in readings[name] if times[0] >= online_ms + 1), default=None)
            back += len(old)
            if old:
                first, last = min(old + ([first] if first else [])), max(old + [last])
            if live is None:
                continue
            waits.append((live[2] - live[0]) / 1000)
            # It was there a second before the backlog's end and still came after it.
            behind += bool(old) and live[1] > max(old) and live[0] < max(old) - 1000
        waits.sort()
        drain = back / max(0.001, (last - first) / 1000)
        live_rate = 1000 * self.count / INTERVAL_MS
        self.say(f"first live reading after the return: stored after p50 {waits[len(waits) // 2]:.2f} s, "
                 f"p99 {waits[len(waits) * 99 // 100]:.2f} s, max {waits[-1]:.2f} s; behind its backlog at {behind} of {len(waits)} agents")
        self.say(f"backlog of {back} in {(last - first) / 1000:.1f} s: {drain:.0f}/s beside {live_rate:.0f}/s live, "
                 f"{drain / live_rate:.1f} times (aim {DRAIN_AIM:g})")
        self.say(f"mosquitto: {self.memory_mb:.0f} MB at most, {self.queue_max} messages held at most (each 10 s)")
        self.say(f"{total} accepted, {total} stored, {repeated} repeats dropped" if not self.faults else f"FAILED: {self.faults}")
        if drain < DRAIN_AIM * live_rate:
            self.faults.append(f"drained at {drain / live_rate:.1f} times the live rate only")
        if behind > self.count / 100:
            self.faults.append(f"at {behind} agents the backlog went before live readings")


def rows_of(database):
    with closing(database) as connection:
        return silver.count(connection)


def raise_file_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(f"{wanted} open files are needed, the limit is {hard}: ulimit -Hn")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
