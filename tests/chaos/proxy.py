"""TCP links that can be disturbed: a child process forwards bytes, so that the harness's own threads are not in their way.

    with Proxy({"bridge-kafka": (listen_port, target_port)}) as proxy:
        proxy.say("bridge-kafka", "stall")

Words: `stall` (connections stay, no byte passes), `dam` (only bytes to the server are held), `mute` (bytes to the client
are thrown away from now on, so the connection must be reset after it: that is how acknowledgements get lost),
`delay SECONDS` (each chunk is held that long), `reorder SECONDS` (each chunk is held up to that long, so that connections
overtake each other), `tear` (of the next bytes to the server half pass, then the connection is reset), `lose N` (the next
N receipts vanish, nothing else does), `lost` (have they?), `reset` (all connections end with a TCP reset, what they hold is lost), `refuse`
(reset, and new connections end at once), `pass` (as a wire again). `reset` and `pass` may be said at any time.
"""

import asyncio
import json
import os
import random
import socket
import struct
import subprocess
import sys

from chaos.mqtt_packets import Packets, is_receipt
from line.paths import REPO

CHUNK = 1 << 16


class Proxy:
    """The child process. `links` is {name: (listen port, target port)}."""

    def __init__(self, links):
        self.links = links
        self.child = None

    def say(self, link, word):
        """Does it before it returns. True for `lost` when the receipts that shall get lost are, and for each other word."""
        self.child.stdin.write(f"{link} {word}\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline().strip()
        if answer not in ("done", "not yet"):
            raise RuntimeError(f"the proxy did not understand: {link} {word}")
        return answer == "done"

    def __enter__(self):
        self.child = subprocess.Popen([sys.executable, "-m", "chaos.proxy", json.dumps(self.links)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, cwd=REPO / "tests")
        if self.child.stdout.readline().strip() != "done":
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_):
        self.child.stdin.close()  # it ends at the end of its input
        self.child.wait(10)
        self.child.stdout.close()


class Link:
    def __init__(self, listen, target, carries_receipts):
        self.listen = listen
        self.carries_receipts = carries_receipts
        self.target = target
        self.open = asyncio.Event()
        self.open.set()
        self.undammed = asyncio.Event()
        self.undammed.set()
        self.muted = False
        self.refusing = False
        self.tearing = False
        self.delay_s = 0.0
        self.reorder_s = 0.0
        self.receipts_to_lose = 0
        self.writers = set()

    async def serve(self):
        await asyncio.start_server(self.connected, "127.0.0.1", self.listen)

    async def connected(self, reader, writer):
        try:
            if self.refusing:
                raise ConnectionRefusedError
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:  # nobody at home: as it would be without us
            end(writer)
            return
        self.writers |= {writer, far_writer}
        for one in (writer, far_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.refusing:  # said while we connected
            self.reset()
        await asyncio.gather(self.pump(reader, far_writer, False), self.pump(far_reader, writer, True))

    async def pump(self, reader, writer, to_client):
        packets = Packets()
        try:
            while chunk := await reader.read(CHUNK):
                if self.delay_s or self.reorder_s:
                    await asyncio.sleep(self.delay_s + random.uniform(0, self.reorder_s))
                await self.open.wait()
                if not to_client:
                    await self.undammed.wait()
                if to_client and self.muted:
                    continue
                if to_client and self.carries_receipts:
                    chunk = b"".join(packet for packet in packets.take(chunk) if not self.loses(packet))
                if self.tearing and not to_client:
                    self.tear(chunk, writer)
                    return
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def loses(self, packet):
        if not self.receipts_to_lose or not is_receipt(packet):
            return False
        self.receipts_to_lose -= 1
        return True

    def tear(self, chunk, writer):
        self.tearing = False
        writer.write(chunk[: len(chunk) // 2])
        self.writers.discard(writer)
        writer.close()  # by FIN: by RST the half could get lost too
        self.reset()

    def obey(self, word, *arguments):
        if word == "stall":
            self.open.clear()
        elif word == "dam":
            self.undammed.clear()
        elif word == "mute":
            self.muted = True
        elif word == "delay":
            self.delay_s = float(arguments[0])
        elif word == "reorder":
            self.reorder_s = float(arguments[0])
        elif word == "tear":
            self.tearing = True
        elif word == "lose":
            self.receipts_to_lose = int(arguments[0])
        elif word == "lost":
            return self.receipts_to_lose == 0
        elif word == "reset":
            self.reset()
        elif word == "refuse":
            self.refusing = True
            self.reset()
        elif word == "pass":
            self.muted = self.refusing = self.tearing = False
            self.delay_s = self.reorder_s = 0.0
            self.receipts_to_lose = 0
            self.open.set()
            self.undammed.set()
        else:
            raise ValueError(word)
        return True

    def reset(self):
        for writer in list(self.writers):
            end(writer)
        self.writers.clear()


def end(writer):
    """Ends a connection by RST; what it holds is lost."""
    try:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    writer.transport.abort()


async def obey_input(links):
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("done", flush=True)
    while line := (await lines.readline()).decode():
        name, *words = line.split()
        done = links[name].obey(*words)
        await asyncio.sleep(0)
        print("done" if done else "not yet", flush=True)
    os._exit(0)  # connections in all states hold nothing that is worth an orderly end


async def main(argument):
    links = {name: Link(*ports, name == "agent-broker") for name, ports in json.loads(argument).items()}
    for link in links.values():
        await link.serve()
    await obey_input(links)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
