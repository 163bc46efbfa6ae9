// Without central the page ages stations itself: nothing old stays live, and what central said comes back with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Aging, aged_state } from "../src/model/aging";
import { Store } from "../src/model/store";
import { bike } from "./stations";

const t0 = Date.parse("2026-11-20T08:00:00Z"); // when the test's stations were observed; their interval is 300 s
const after = (s: number) => t0 + s * 1000;

test("late over 2 intervals, silent over 5; faults that are known stay", () => {
  assert.equal(aged_state(bike("1"), after(599)), "live");
  assert.equal(aged_state(bike("1"), after(601)), "late");
  assert.equal(aged_state(bike("1"), after(1501)), "silent");
  assert.equal(aged_state(bike("1", { state: "bad_clock" }), after(9999)), "bad_clock");
  assert.equal(aged_state(bike("1", { state: "out_of_service" }), after(9999)), "out_of_service");
});

test("what central said holds again when it is back, unless it has spoken since", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: "", stations: [bike("1"), bike("2"), bike("3", { state: "never" })] });
  const aging = new Aging(() => store);
  store.apply_delta(aging.pass(after(700)));
  store.apply_delta(aging.pass(after(2000)));
  assert.deepEqual([...store.all()].map((station) => station.state).sort(), ["never", "silent", "silent"]);
  assert.equal(aging.pass(after(2001)).stations.length, 0);
  store.apply_delta({ generated_at: "", stations: [bike("2", { state: "out_of_service" })], removed: [] });
  store.apply_delta(aging.restore());
  assert.equal(store.get("1")?.state, "live");
  assert.equal(store.get("2")?.state, "out_of_service");
  assert.equal(store.counts.live, 1);
});
