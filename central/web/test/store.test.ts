// The picture: snapshots replace it, deltas change it in place, counts always fit, changes merge.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse_delta, parse_snapshot } from "../src/model/parse";
import { merge_changes, Store } from "../src/model/store";
import { bike } from "./stations";

const at = "2026-11-20T08:00:00Z";

test("snapshot fills the store and counts states", () => {
  const store = new Store();
  const change = store.apply_snapshot({ generated_at: at, stations: [bike("1"), bike("2", { state: "silent" })] });
  assert.equal(change.all, true);
  assert.equal(store.size, 2);
  assert.equal(store.counts.live, 1);
  assert.equal(store.counts.silent, 1);
});

test("second snapshot replaces the first and names what went", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: at, stations: [bike("1"), bike("2")] });
  const change = store.apply_snapshot({ generated_at: at, stations: [bike("2"), bike("3")] });
  assert.deepEqual([...change.removed], ["1"]);
  assert.equal(store.size, 2);
  assert.equal(store.counts.live, 2);
});

test("delta changes, adds and removes, and applied twice changes nothing more", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: at, stations: [bike("1"), bike("2")] });
  const delta = { generated_at: at, stations: [bike("1", { state: "late" }), bike("9")], removed: ["2", "unheard-of"] };
  const change = store.apply_delta(delta);
  assert.deepEqual([...change.changed], ["1", "9"]);
  assert.deepEqual([...change.removed], ["2"]);
  store.apply_delta(delta);
  assert.equal(store.size, 2);
  assert.deepEqual([store.counts.live, store.counts.late], [1, 1]);
});

test("merged changes keep the last word on each station", () => {
  const set = (...ids: string[]) => new Set(ids);
  const gone_and_back = merge_changes({ all: false, changed: set("a"), removed: set("b") }, { all: false, changed: set("b"), removed: set("a") });
  assert.deepEqual(gone_and_back, { all: false, changed: set("b"), removed: set("a") });
  const after_snapshot = merge_changes({ all: true, changed: set("a"), removed: set() }, { all: false, changed: set("c"), removed: set("a") });
  assert.deepEqual(after_snapshot, { all: true, changed: set("c"), removed: set("a") });
});

test("parsing drops rows without an id and never reads an unknown state as live", () => {
  const text = JSON.stringify({ generated_at: at, stations: [{ name: "no id" }, 7, { station_id: "x", state: "sleepy", lat: "41" }] });
  const { stations } = parse_snapshot(text);
  assert.equal(stations.length, 1);
  assert.equal(stations[0]?.state, "silent");
  assert.equal(stations[0]?.name, "x");
  assert.equal(stations[0]?.lat, null);
});

test("parsing a delta without a removed list gives an empty one; broken JSON throws", () => {
  assert.deepEqual(parse_delta('{"generated_at":"t"}'), { generated_at: "t", stations: [], removed: [] });
  assert.throws(() => parse_delta("{"), SyntaxError);
});
