"""Hardware whose every reading is one of a kind, and the witness who writes down what the agents accepted.

A reading is (station, observed_at in ms, code): the code travels as the temperature in 1/10000 °C. Readings go to an
agent's http_push listener in the Kafka REST form, several in a request. Fresh ones have even milliseconds; late ones,
which must change history and not the present, have odd ones from the beginning of the round. A source that knows no time
(`dated` False) leaves observed_at to the agent: its readings are (station, 0, code). Of a request that was
answered the witness knows that it was accepted; of one whose answer was lost it is either stored whole or not at all
(one request is one commit), as Jepsen's `:info`. Nothing is sent twice by the source, so nothing may be stored twice.
"""

import http.client
import json
import random
import threading
import time

CODES = 600_000  # 0 to 60 °C
ANSWER_TIMEOUT_S = 8.0
LATE_SHARE = 0.03
TIE_SHARE = 0.02
KAFKA_JSON = "application/vnd.kafka.json.v2+json"


class Witness:
    """What was accepted, in memory and as lines `A|M station ms:code …` of a file: A accepted, M perhaps."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="ascii")
        self.lock = threading.Lock()
        self.accepted = {}  # station: {(observed_ms, code)} of this round; of undated ones of the whole run
        self.maybe = {}  # station: [frozenset of one request]; likewise
        self.accepted_total = 0

    def note(self, sure, station, readings):
        with self.lock:
            self.file.write(f"{'A' if sure else 'M'} {station} {' '.join(f'{at}:{code}' for at, code in readings)}\n")
            self.file.flush()
            if sure:
                self.accepted.setdefault(station, set()).update(readings)
                self.accepted_total += len(readings)
            else:
                self.maybe.setdefault(station, []).append(frozenset(readings))

    def next_round(self, kept):
        """Forgets what was noted but of the stations `kept`."""
        with self.lock:
            self.accepted = {station: self.accepted[station] for station in kept if station in self.accepted}
            self.maybe = {station: self.maybe[station] for station in kept if station in self.maybe}

    def close(self):
        self.file.close()


class Source(threading.Thread):
    """One agent's hardware: `rate` readings/s spread over its stations. Paused until resume()."""

    def __init__(self, agent, port, stations, rate, records, seed, witness, dated):
        super().__init__(name="source-" + agent, daemon=True)
        self.agent = agent
        self.port = port
        self.stations = stations
        self.rate = rate
        self.records = records
        self.random = random.Random(f"{seed}/{agent}")
        self.witness = witness
        self.dated = dated
        self.counter = 0
        self.accepted = 0
        self.refused = 0  # answered with an error: not stored
        self.refusal_is_doubt = False  # perhaps stored
        self.turns = 0
        self.newest = dict.fromkeys(stations, 0)
        self.late = dict.fromkeys(stations, 1)
        self.round_began_ms = 0
        self.connection = None
        self.running = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self.ended = False

    def begin_round(self, began_ms):
        """`began_ms` must be even and later than all of the rounds before."""
        self.round_began_ms = began_ms
        self.late = dict.fromkeys(self.stations, 1)

    def resume(self):
        self.idle.clear()
        self.running.set()

    def pause(self):
        """Returns when no request is on its way."""
        self.running.clear()
        self.idle.wait(ANSWER_TIMEOUT_S + 5)

    def wait_turn(self):
        """Returns when the request that is on its way, if one is, has got its end."""
        turns = self.turns
        deadline = time.monotonic() + ANSWER_TIMEOUT_S + 5
        while self.turns == turns and not self.idle.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)

    def end(self):
        self.ended = True
        self.running.set()
        self.join()

    def run(self):
        due = time.monotonic()
        while not self.ended:
            if not self.running.is_set():
                self.idle.set()
                self.running.wait()
                self.idle.clear()
                due = time.monotonic()
                continue
            station = self.random.choice(self.stations)
            self.turns += 1
            sent = self.push(station, self.make(station, self.random.randint(1, self.records)))
            due = max(due + sent / self.rate, time.monotonic() - 0.5)  # what was held up is not made up for
            time.sleep(max(0.0, due - time.monotonic()) if sent else 0.05)

    def make(self, station, count):
        """Unique readings, the last of them the newest of the station."""
        now = int(time.time() * 1000) & ~1
        readings = []
        for _ in range(count):
            self.counter += 1
            code = self.counter % CODES
            if not self.dated:
                readings.append((0, code))
                continue
            late = self.round_began_ms + self.late[station]
            if self.random.random() < LATE_SHARE and late < now - 1000:
                self.late[station] += 2
                readings.append((late, code))
            elif self.random.random() < TIE_SHARE and self.newest[station] > self.round_began_ms:
                readings.append((self.newest[station], code))
            else:
                self.newest[station] = max(self.newest[station] + 2, now - 2 * count, self.round_began_ms)
                readings.append((self.newest[station], code))
        return readings

    def push(self, station, readings):
        """Returns how many were sent; 0 when nobody listens."""
        body = json.dumps({"records": [{"key": {"timestamp": at} if self.dated else None,
                                        "value": {"temperature": round(code / 1e4 * 1.8 + 32, 7)}} for at, code in readings]})
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_TIMEOUT_S)
                self.connection.connect()
        except OSError:
            self.connection = None
            return 0
        try:
            self.connection.request("POST", "/topics/" + station, body, {"Content-Type": KAFKA_JSON})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            self.witness.note(False, station, readings)
            return len(readings)
        if answer.status == 200 and b'"error_code":1' not in text:
            self.accepted += len(readings)
            self.witness.note(True, station, readings)
        elif answer.status == 503:
            self.refused += len(readings)
            if self.refusal_is_doubt:
                self.witness.note(False, station, readings)
        else:
            raise RuntimeError(f"{self.agent} answered {answer.status}: {text[:300]}")
        return len(readings)
