// Judges common/contract/asyncapi.json by AsyncAPI's own parser, its schemas read from the files beside it, and prints what it
// describes: addresses with the files of their schemas, for tests/integration/asyncapi_test.py to compare.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const file = new URL("../../common/contract/asyncapi.json", import.meta.url);
const text = readFileSync(file, "utf8");
const { document, diagnostics } = await new Parser().parse(text, { source: file.pathname });
const errors = diagnostics.filter((each) => each.severity === 0);
for (const each of diagnostics) console.error(`${each.severity} ${each.path.join(".")}: ${each.message}`);
if (!document || errors.length) process.exit(1);

const described = {};
for (const channel of document.channels().all()) {
  described[channel.address()] = channel.messages().all().map((message) => ({ name: message.name(), payload: message.payload().json() }));
}
const plain = (key, value) => (key.startsWith("x-parser") ? undefined : value);
console.log(JSON.stringify(described, plain));
