"""Publishes many readings fast: MQTT 3.1.1 over a plain socket, QoS 1, packets made beforehand.

mosquitto_pub can send to one topic only, and a reading's topic and content must agree.
"""

import json
import socket
import struct
import threading

WINDOW = 4000  # messages without PUBACK


def readings(count, stations=400, agent="bench", epoch="9f2c41d07a3be815"):
    """(topic, payload) of `count` numbered bike readings of about 250 bytes, station after station."""
    for n in range(count):
        station, seq = str(n % stations), n // stations + 1
        values = {"num_bikes_available": n % 20, "num_docks_available": 20 - n % 20, "is_installed": True, "is_renting": True,
                  "is_returning": True}
        reading = {"station_id": station, "stream": "bike_status", "epoch": epoch, "seq": seq,
                   "observed_at": f"2025-06-{n // 86400 % 30 + 1:02}T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.120Z", "clock": "synced", "values": values}
        yield f"wayside/v1/{agent}/{station}/bike_status", json.dumps(reading, separators=(",", ":"))


def packet(number, topic, payload):
    """A PUBLISH packet at QoS 1."""
    name, body = topic.encode(), payload.encode()
    rest = struct.pack("!H", len(name)) + name + struct.pack("!H", number % 65000 + 1) + body
    return b"\x32" + _length(len(rest)) + rest


def packets(messages):
    return [packet(number, topic, payload) for number, (topic, payload) in enumerate(messages)]


class Publisher:
    """A connection that sends packets made by packet() and counts their PUBACKs. Use as a context manager."""

    def __init__(self, port, client_id):
        self.link = socket.create_connection(("127.0.0.1", port))
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = client_id.encode()
        connect = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack("!H", len(name)) + name
        self.link.sendall(b"\x10" + _length(len(connect)) + connect)
        if _exactly(self.link, 4)[3] != 0:
            raise ConnectionError("the broker refuses the publisher")
        self.acknowledged = _Acknowledgements(self.link)
        self.sent = 0

    def send(self, *some):
        """Blocks while more than a window is without its PUBACK."""
        self.sent += len(some)
        self.acknowledged.wait_for(self.sent - WINDOW)
        self.link.sendall(b"".join(some))

    def wait_all(self):
        self.acknowledged.wait_for(self.sent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.link:
            self.link.sendall(b"\xe0\x00")


def flood(port, prepared, client_id="flood"):
    """Sends the packets and returns when all are acknowledged."""
    with Publisher(port, client_id) as publisher:
        for at in range(0, len(prepared), WINDOW // 4):
            publisher.send(*prepared[at:at + WINDOW // 4])
        publisher.wait_all()


class _Acknowledgements:
    """Counts PUBACKs, 4 bytes each, in a thread."""

    def __init__(self, link):
        self.link = link
        self.bytes = 0
        self.failed = False
        self.more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, count):
        with self.more:
            self.more.wait_for(lambda: self.failed or self.bytes // 4 >= count)
        if self.failed:
            raise ConnectionError("the broker closed the connection")

    def _read(self):
        while True:
            try:
                got = self.link.recv(1 << 16)
            except OSError:
                got = b""
            with self.more:
                self.bytes += len(got)
                self.failed = not got
                self.more.notify()
            if not got:
                return


def _length(value):
    out = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _exactly(link, count):
    got = b""
    while len(got) < count:
        part = link.recv(count - len(got))
        if not part:
            raise ConnectionError("the broker closed the connection")
        got += part
    return got
