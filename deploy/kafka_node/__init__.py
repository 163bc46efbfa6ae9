"""A real Apache Kafka, one KRaft node on this machine: `./wayside kafka`, `up --kafka real`, the tests and benchmarks.

Jars, their lock and the settings are described in deploy/kafka. Standard library only.
"""

from kafka_node.jars import JarsUnavailable as KafkaUnavailable
from kafka_node.node import KafkaNode, ready_jars

__all__ = ["KafkaNode", "KafkaUnavailable", "ready_jars"]
