"""Notes when central's commits become visible to another connection of the database. A process of its own, as `paced`.

    python3 -m bench.commit_watch DATABASE TOPIC FILE

FILE gets a line for each change that was seen: wall time in ns, then partition:next_offset of every partition. Ends by SIGTERM.
"""

import signal
import sqlite3
import sys
import time

PAUSE_S = 0.0005


def main(database, topic, path):
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    seen = None
    with open(path, "w", encoding="ascii") as file:
        print("ready", flush=True)
        while not ended:
            version = connection.execute("PRAGMA data_version").fetchone()
            if version != seen:
                seen = version
                offsets = connection.execute("SELECT partition, next_offset FROM partition_offset WHERE topic = ?", (topic,)).fetchall()
                file.write(f"{time.time_ns()} {' '.join(f'{partition}:{offset}' for partition, offset in offsets)}\n")
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(*sys.argv[1:4])
