"""Both tiers of central's silver, read from its SQLite file by other means than central's own: table `reading` has a row a reading,
`reading_block` the readings of a station's closed day (central/silver_block.h draws the bytes). Needs the program zstd.
"""

import json
import subprocess
from typing import NamedTuple

from line.paths import system_program

STREAMS = ["bike_status", "weather", "arrival", "turnstile", "loss"]
DAY_MS = 86_400_000
TEXTS, NUMBERS, ONE_TEXT = range(3)


class Row(NamedTuple):
    station_id: str
    stream: str
    observed_at: int  # ms
    account_pk: int
    seq: int
    received_at: int
    stored_at: int
    kafka_offset: int
    clock: int
    names: str  # of the values with their quotes, comma between them; empty: cells is the whole object
    cells: str

    def object(self):
        """The values as JSON text."""
        if not self.names:
            return self.cells or "{}"
        return json.dumps(dict(zip(json.loads(f"[{self.names}]"), json.loads(f"[{self.cells}]"), strict=True)))


def rows(connection, station=None, stream=None, since_ms=0):
    """All readings, of both tiers, in no order. The connection sees one state: sqlite3 begins no transaction for reading by itself."""
    connection.execute("BEGIN")
    try:
        return list(_hot(connection, station, stream, since_ms)) + list(_blocks(connection, station, stream, since_ms))
    finally:
        connection.execute("ROLLBACK")


def count(connection):
    """How many readings there are."""
    query = "SELECT (SELECT count(*) FROM reading) + coalesce((SELECT sum(readings) FROM reading_block), 0)"
    return connection.execute(query).fetchone()[0]


def _hot(connection, station, stream, since_ms):
    query = ("SELECT station_id, stream, observed_at, account_pk, seq, received_at, stored_at, kafka_offset, clock, coalesce(keys, ''), cells "
             "FROM reading JOIN station USING (station_pk) LEFT JOIN shape USING (shape_pk) "
             "WHERE (?1 IS NULL OR station_id = ?1) AND (?2 IS NULL OR stream = ?2) AND observed_at >= ?3")
    number = None if stream is None else STREAMS.index(stream)
    for found in connection.execute(query, (station, number, since_ms)):
        yield Row(found[0], STREAMS[found[1]], *found[2:])


def _blocks(connection, station, stream, since_ms):
    shapes = dict(connection.execute("SELECT shape_pk, keys FROM shape"))
    stations = dict(connection.execute("SELECT station_pk, station_id FROM station"))
    for key, packed in connection.execute("SELECT block_key, bytes FROM reading_block"):
        station_id, of_stream = stations[key >> 28], STREAMS[key >> 24 & 15]
        if station not in (None, station_id) or stream not in (None, of_stream) or ((key & 0xffffff) + 1) * DAY_MS <= since_ms:
            continue
        for values in decode(packed):
            row = Row(station_id, of_stream, *values[:7], shapes.get(values[7], ""), values[8])
            if row.observed_at >= since_ms:
                yield row


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self, size):
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def numbers(self, count):
        """Differences in zigzag, each to the one before, as 64-bit numbers."""
        values, before = [], 0
        for _ in range(count):
            zigzag = self.number()
            before = (before + ((zigzag >> 1) ^ -(zigzag & 1)) + 2**63) % 2**64 - 2**63
            values.append(before)
        return values

    def values(self, count):
        mode = self.number()
        if mode == ONE_TEXT:
            return [self.text(self.number())] * count
        if mode == TEXTS:
            sizes = [self.number() for _ in range(count)]
            return [self.text(size) for size in sizes]
        assert mode == NUMBERS, mode
        decimals, mantissas = self.numbers(count), self.numbers(count)
        finest = max(decimals)
        return [_decimal(abs(mantissa) // 10 ** (finest - places), places, mantissa < 0)
                for mantissa, places in zip(mantissas, decimals, strict=True)]


def _decimal(mantissa, places, negative):
    digits = str(mantissa).rjust(places + 1, "0")
    return "-" * negative + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def decode(packed):
    """(observed_at, account, seq, received_at, stored_at, kafka_offset, clock, shape, cells) of each reading."""
    data = _Bytes(subprocess.run([system_program("zstd"), "-dcq"], input=packed, check=True, capture_output=True).stdout)
    assert data.number() == 1, "a format that this reader does not know"
    count = data.number()
    observed, account, seq, received, stored, offset, clock, shape = (data.numbers(count) for _ in range(8))
    received = [a + b for a, b in zip(received, observed, strict=True)]
    stored = [a + b for a, b in zip(stored, received, strict=True)]
    cells = [""] * count
    for number in dict.fromkeys(shape):
        places = [i for i in range(count) if shape[i] == number]
        columns = data.number()
        parts = [data.values(len(places)) for _ in range(max(1, columns))]
        for place, texts in zip(places, zip(*parts, strict=True), strict=True):
            cells[place] = ",".join(texts)
    assert data.at == len(data.data), "bytes are left"
    return list(zip(observed, account, seq, received, stored, offset, clock, shape, cells, strict=True))
