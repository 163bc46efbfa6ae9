// Holds answers against central's OpenAPI document. Stdin: {"document": {…}, "answers": [{"method", "path", "status", "type",
// "body"}]} with JSON bodies. Each must be documented with that status and type, and valid by its schema; prints what is
// not and exits 1.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const { document, answers } = JSON.parse(readFileSync(0, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, "https://wayside.invalid/api.json");

const escaped = (part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
const fits = (pattern, path) => new RegExp("^" + pattern.replaceAll(".", "\\.").replace(/\{[^}]*\}/g, "[^/]+") + "$").test(path);

function schemaPointer({ method, path, status, type }) {
  const names = Object.keys(document.paths).filter((name) => fits(name, path));
  // A path without a hole goes before one that has one.
  const name = names.sort((a, b) => a.includes("{") - b.includes("{")).find((each) => document.paths[each][method.toLowerCase()]);
  if (!name) return `no path for ${method}`;
  let pointer = ["paths", name, method.toLowerCase(), "responses", String(status)];
  const at = (parts) => parts.reduce((node, part) => node?.[part], document);
  const reference = at(pointer)?.$ref;
  if (reference) pointer = reference.slice(2).split("/");
  if (!at(pointer)) return `status ${status} is not documented`;
  pointer.push("content", type, "schema");
  return at(pointer) ? pointer : `type ${type} is not documented`;
}

let wrong = 0;
for (const answer of answers) {
  const pointer = schemaPointer(answer);
  let errors = typeof pointer === "string" ? pointer : null;
  if (!errors) {
    const validate = ajv.compile({ $ref: "https://wayside.invalid/api.json#/" + pointer.map(escaped).join("/") });
    if (!validate(answer.body)) errors = ajv.errorsText(validate.errors.slice(0, 5), { separator: "; " });
  }
  if (!errors) continue;
  wrong += 1;
  console.log(`${answer.method} ${answer.path} ${answer.status}: ${errors}`);
}
console.log(`${answers.length} answers, ${wrong} wrong`);
process.exit(wrong || !answers.length ? 1 : 0);
