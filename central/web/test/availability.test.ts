// Colour levels: thirds without a hole between them, counted against what the station reports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bike_share, level_of, level_of_share } from "../src/model/availability";
import { bike } from "./stations";

test("borders belong to the lower level, and nothing falls between levels", () => {
  assert.equal(level_of_share(0), "few");
  assert.equal(level_of_share(1 / 3), "few");
  assert.equal(level_of_share(0.335), "even");
  assert.equal(level_of_share(2 / 3), "even");
  assert.equal(level_of_share(0.667), "full");
  assert.equal(level_of_share(1), "full");
  for (let i = 0; i <= 1000; i++) assert.notEqual(level_of_share(i / 1000), "unknown");
});

test("share counts bikes and docks before capacity, which includes broken docks", () => {
  assert.equal(bike_share(5, 5, 40), 0.5);
  assert.equal(bike_share(5, null, 20), 0.25);
  assert.equal(bike_share(0, 0, 20), 0);
});

test("share is unknown without bikes or places, and never above 1", () => {
  assert.equal(bike_share(null, 5, 10), null);
  assert.equal(bike_share(3, null, null), null);
  assert.equal(bike_share(0, 0, null), null);
  assert.equal(bike_share(-1, 5, 10), null);
  assert.equal(bike_share(25, null, 20), 1);
});

test("a station without a bike stream has no level", () => {
  assert.equal(level_of(bike("1", { streams: {} })), "unknown");
  assert.equal(level_of(bike("1")), "even");
});
