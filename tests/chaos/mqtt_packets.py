"""Cuts a stream of MQTT into its packets, for the link that loses some of them."""

PUBLISH = 3
RECEIPTS = b"/receipts"


class Packets:
    """take() gives the packets that are complete; the rest waits for its end."""

    def __init__(self):
        self.rest = b""

    def take(self, chunk):
        data, at, packets = self.rest + chunk, 0, []
        while end := end_of_packet(data, at):
            packets.append(data[at:end])
            at = end
        self.rest = data[at:]
        return packets


def end_of_packet(data, at):
    """Where the packet that begins at `at` ends; 0 when that is not there yet. A type byte, then the length in 7-bit digits."""
    length, shift, place = 0, 0, at + 1
    while place < len(data):
        length |= (data[place] & 127) << shift
        shift += 7
        place += 1
        if data[place - 1] < 128:
            return place + length if place + length <= len(data) else 0
    return 0


def is_receipt(packet):
    if packet[0] >> 4 != PUBLISH:
        return False
    place = 1
    while packet[place] >= 128:
        place += 1
    length = int.from_bytes(packet[place + 1 : place + 3], "big")
    return packet[place + 3 : place + 3 + length].endswith(RECEIPTS)
