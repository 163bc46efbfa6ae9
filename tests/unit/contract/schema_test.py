"""Holds the schema files against FORMAT.md and the bad messages: every example validates, every bad message does not.

The C++ side (document_test.cc) tries the code on the same texts, so schema and code agree. Needs python3-jsonschema; exits
77 (skipped) where it is missing.
"""

import json
import pathlib
import re
import sys
import unittest

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "common" / "contract"


def validator(kind):
    schema = json.loads((CONTRACT / "schema" / f"{kind}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def examples():
    """(kind, parsed JSON) of each marked block of FORMAT.md."""
    text = (CONTRACT / "FORMAT.md").read_text()
    return [(m[1], json.loads(m[2])) for m in re.finditer(r"<!-- example (\S+) -->\n```json\n(.*?)```", text, re.S)]


class SchemaTest(unittest.TestCase):
    def test_every_schema_is_a_schema(self):
        kinds = [path.stem for path in (CONTRACT / "schema").glob("*.json")]
        self.assertGreaterEqual(len(kinds), 7)
        for kind in kinds:
            validator(kind)

    def test_every_example_validates(self):
        found = examples()
        self.assertGreaterEqual(len(found), 9)
        for kind, message in found:
            # The schema is of one reading; a message may be an array of them.
            for item in message if isinstance(message, list) else [message]:
                with self.subTest(kind=kind, item=item):
                    validator(kind).validate(item)

    def test_the_loss_example_validates_alone(self):
        loss = [m for kind, m in examples() if isinstance(m, dict) and m.get("stream") == "loss"]
        self.assertEqual(len(loss), 1)
        validator("loss").validate(loss[0]["values"])

    def test_unknown_fields_validate(self):
        for kind, message in examples():
            if isinstance(message, dict):
                with self.subTest(kind=kind):
                    validator(kind).validate({**message, "unknown": {"a": [None]}})

    def test_every_bad_message_is_refused(self):
        for bad in json.loads((ROOT / "tests/unit/contract/bad_messages.json").read_text()):
            with self.subTest(**bad):
                self.assertFalse(validator(bad["kind"]).is_valid(bad["message"]))


if __name__ == "__main__":
    unittest.main()
