"""Proves that common/contract/asyncapi.json describes the contract: AsyncAPI's parser accepts it, its topics are those of FORMAT.md, and
each message has the schema of common/contract/schema, none left out.
"""

import json
import re
import unittest

from line.node import run_node
from line.paths import REPO

CONTRACT = REPO / "common" / "contract"


def resolved(node, root):
    """The schema with what its own $refs name in their place, as the parser gives it back."""
    if isinstance(node, list):
        return [resolved(each, root) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return resolved(target, root)
    return {key: resolved(value, root) for key, value in node.items()}


def holds(node, schema):
    """True when the schema is the node or lies anywhere below it."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return node == schema or any(holds(each, schema) for each in below)


class AsyncApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        judged = run_node("asyncapi.mjs")
        if judged.returncode != 0:
            raise AssertionError(judged.stderr)
        cls.channels = json.loads(judged.stdout)
        cls.format = (CONTRACT / "FORMAT.md").read_text(encoding="utf-8")

    def test_its_topics_are_those_of_the_contract(self):
        kafka = set(re.findall(r"^\| `([a-z-]+)` \|", self.format.split("<!-- table topics -->")[1].split("<!-- end -->")[0], re.MULTILINE))
        mqtt = {topic.replace("<", "{").replace(">", "}") for topic in re.findall(r"^\| `(wayside/v1/[^`]+)` \|", self.format, re.MULTILINE)}
        self.assertEqual((len(kafka), len(mqtt)), (9, 4))
        self.assertEqual(set(self.channels), kafka | mqtt)

    def test_each_message_has_its_schema(self):
        files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (CONTRACT / "schema").glob("*.json")}
        files = {name: resolved(schema, schema) for name, schema in files.items()}
        used = set()
        for address, messages in self.channels.items():
            for message in messages:
                found = {name for name, schema in files.items() if holds(message["payload"], schema)}
                self.assertTrue(found or address == "station-state", f"{address} {message['name']}")
                used |= found
        self.assertEqual(used, set(files))

    def test_each_stream_has_its_kafka_topic(self):
        table = dict(re.findall(r"^\| `([a-z-]+)` \| `([a-z_]+)` \| time \|", self.format, re.MULTILINE))
        source = json.loads((CONTRACT / "asyncapi.json").read_text(encoding="utf-8"))
        described = {channel["address"]: channel for channel in source["channels"].values()}
        self.assertEqual(len(table), 5)
        for topic, stream in table.items():
            self.assertIn(f"stream {stream}.", described[topic]["description"])
            self.assertEqual(described[topic]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"], ["delete"])


if __name__ == "__main__":
    unittest.main()
