// Proves that minutes of the past are found by day and key, also where the clocks change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { date_text, day_of, key_target, kMinuteMs, minute_of, moment_text, on_date } from "../src/model/moment";
import { difference, Store } from "../src/model/store";
import { bike } from "./stations";

process.env.TZ = "Europe/Berlin";
const at = (text: string) => Date.parse(text);

test("a day goes from midnight to midnight, 25 hours when the clocks go back", () => {
  const day = day_of(at("2026-10-25T12:00:00+01:00"));
  assert.deepEqual([day.from_ms, day.to_ms], [at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")]);
});

test("dates are the reader's, and another date keeps the time of day", () => {
  const ms = at("2026-05-19T22:30:00Z");
  assert.equal(date_text(ms), "2026-05-20");
  assert.equal(on_date(ms, "2026-05-18"), at("2026-05-17T22:30:00Z"));
  assert.equal(on_date(ms, ""), null);
  assert.equal(moment_text(minute_of(ms + 59_999)), "2026-05-19T22:30Z");
  assert.equal(at(moment_text(ms)), ms);
});

test("keys go by minutes, hours and to the ends of the day", () => {
  const ms = at("2026-05-19T08:00:00+02:00");
  assert.equal(key_target("ArrowLeft", ms), ms - kMinuteMs);
  assert.equal(key_target("PageUp", ms), ms + 60 * kMinuteMs);
  assert.equal(key_target("Home", ms), at("2026-05-19T00:00:00+02:00"));
  assert.equal(key_target("End", ms), at("2026-05-19T23:59:00+02:00"));
  assert.equal(key_target("x", ms), null);
});

test("one picture becomes another by what differs", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: "", stations: [bike("1"), bike("2"), bike("3")] });
  const delta = difference(store, [bike("1"), bike("2", { state: "silent" }), bike("4")], (a, b) => JSON.stringify(a) !== JSON.stringify(b));
  assert.deepEqual([delta.stations.map((station) => station.station_id), delta.removed], [["2", "4"], ["3"]]);
});
