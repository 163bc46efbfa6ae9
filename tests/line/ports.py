"""Free TCP ports on the loopback address."""

import socket

_given = set()


def is_free(port, host="127.0.0.1"):
    """True when a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port():
    """A port that nobody listens on and that this process has not given out before.

    It lies below the range from which the kernel takes ports for outgoing connections, so that no connection of a
    test running beside this one takes it before the server starts.
    """
    first, last = 15000, _ephemeral_first() - 1
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            seed = probe.getsockname()[1]
        port = first + seed * 7919 % (last - first)
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def port_or_free(wanted, host="127.0.0.1"):
    """`wanted` when it is free, else another."""
    return wanted if wanted not in _given and is_free(wanted, host) else free_port()


def _ephemeral_first():
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            return max(20000, int(file.read().split()[0]))
    except OSError:
        return 32768
