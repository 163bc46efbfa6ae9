// Judges a GBFS feed: `node gbfs.mjs VERSION URL`. Every file that gbfs.json lists must pass the official JSON Schema
// (gbfs-schema/, Apache-2.0), and 2.3 the validator of Entur too. Then the rules between files that no schema holds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addErrors from "ajv-errors";
import addFormats from "ajv-formats";

const [version, url] = process.argv.slice(2);
const problems = [];
const get = async (from) => {
  const answer = await fetch(from);
  if (!answer.ok) throw new Error(`${from}: HTTP ${answer.status}`);
  return answer.json();
};

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
addErrors(ajv);
const check = (name, body) => {
  const schema = JSON.parse(readFileSync(new URL(`gbfs-schema/v${version}/${name}.json`, import.meta.url), "utf8"));
  delete schema.$schema; // draft-07, whose address is written without its fragment
  const validate = ajv.compile(schema);
  if (!validate(body)) problems.push(`${name}: ${ajv.errorsText(validate.errors.slice(0, 5))}`);
};

const discovery = await get(url);
check("gbfs", discovery);
const listed = version === "2.3" ? Object.values(discovery.data).flatMap((language) => language.feeds) : discovery.data.feeds;
const feeds = { gbfs: discovery };
for (const { name, url: from } of listed) {
  feeds[name] = await get(from);
  check(name, feeds[name]);
}
if (version === "3.0") {
  feeds.manifest = await get(url.replace("gbfs.json", "manifest.json"));
  check("manifest", feeds.manifest);
}

const rule = (holds, text) => holds || problems.push(text);
const status = feeds.station_status.data.stations;
const information = feeds.station_information.data.stations;
const ids = (stations) => stations.map((station) => station.station_id).sort().join(" ");
rule(ids(status) === ids(information), "station_status and station_information list other stations");
// The four rules of the official validator between files.
const types = feeds.vehicle_types?.data.vehicle_types;
rule(!types || status.every((station) => station.vehicle_types_available), "vehicle_types without vehicle_types_available");
const known = new Set(types?.map((type) => type.vehicle_type_id));
rule(status.every((station) => (station.vehicle_types_available ?? []).every((type) => known.has(type.vehicle_type_id))), "an unknown vehicle_type_id");
rule(feeds.system_information.data.rental_apps || !information.some((station) => station.rental_uris), "rental_uris without rental_apps");
const plans = new Set((feeds.system_pricing_plans?.data.plans ?? []).map((plan) => plan.plan_id));
const named = (types ?? []).flatMap((type) => [type.default_pricing_plan_id, ...(type.pricing_plan_ids ?? [])]).filter(Boolean);
rule(named.every((plan) => plans.has(plan)), "a vehicle type names an unknown pricing plan");

if (version === "2.3") {
  const Validator = createRequire(import.meta.url)("@entur/gbfs-validator");
  const judged = await new Validator(url, { docked: true }).validation();
  rule(judged.files.some((file) => file.exists && file.file === "station_status.json"), "entur has not read the feed");
  for (const file of judged.files) {
    const errors = file.languages?.flatMap((language) => language.errors || []) ?? (file.errors || []);
    // Its own list of versions ends at 2.3-RC, so that no 2.3 feed could name itself; the official schema has judged that.
    const own = (error) => file.file === "gbfs_versions.json" && error.keyword === "enum" && !error.params.allowedValues.includes("2.3");
    for (const error of [errors].flat().filter((each) => !own(each))) problems.push(`entur ${file.file}: ${JSON.stringify(error).slice(0, 400)}`);
    if (file.required && !file.exists) problems.push(`entur ${file.file}: is missing`);
  }
}
problems.forEach((problem) => console.log(problem));
console.log(JSON.stringify({ files: Object.keys(feeds).sort(), stations: status.length, problems: problems.length }));
process.exit(problems.length ? 1 : 0);
