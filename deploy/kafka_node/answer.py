"""Asks a Kafka whether it serves: one Metadata request (version 1), written here so that nothing must be installed."""

import socket
import struct

_METADATA, _VERSION, _CORRELATION = 3, 1, 7
_CLIENT = b"wayside-check"
_ANSWER_BYTES_MAX = 1 << 20


def answers(brokers, timeout_s=2.0):
    """True when the Kafka at `host:port` names at least one broker that serves. False for every failure."""
    host, _, port = brokers.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_request())
            (size,) = struct.unpack(">i", _read(connection, 4))
            if not 8 <= size <= _ANSWER_BYTES_MAX:
                return False
            correlation, broker_count = struct.unpack(">ii", _read(connection, size)[:8])
    except OSError:
        return False
    return correlation == _CORRELATION and broker_count > 0


def _request():
    header = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(_CLIENT)) + _CLIENT
    no_topics = struct.pack(">i", 0)
    return struct.pack(">i", len(header + no_topics)) + header + no_topics


def _read(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError("the connection ended in the middle of an answer")
        data += part
    return data
