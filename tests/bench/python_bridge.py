"""The bridge that one writes in Python: paho-mqtt in, confluent-kafka out, as tutorials show it and nothing more.

    python3 -m bench.python_bridge MQTT_PORT BROKERS COUNT

Takes COUNT messages from the durable session `python-bridge` and ends when Kafka has them. It checks nothing, sends no
receipts and lets paho acknowledge each message before Kafka has it.
"""

import sys

import paho.mqtt.client as mqtt
from confluent_kafka import Producer

from bench.mqtt_session import FILTER

CLIENT_ID = "python-bridge"


class Bridge:
    def __init__(self, brokers, count):
        self.left = count
        self.producer = Producer({"bootstrap.servers": brokers, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})

    def on_message(self, client, _data, message):
        station = message.topic.split("/")[3]
        while True:
            try:
                self.producer.produce("station-status", message.payload, station)
                break
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)
        self.left -= 1
        if self.left == 0:
            client.disconnect()


def main(port, brokers, count):
    bridge = Bridge(brokers, count)
    client = mqtt.Client(CLIENT_ID, clean_session=False)
    client.on_connect = lambda client, *_: client.subscribe(FILTER, 1)
    client.on_message = bridge.on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()
    return bridge.producer.flush(60)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
