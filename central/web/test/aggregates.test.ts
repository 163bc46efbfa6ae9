// Proves that a chart of hours or days shows means and what was counted per hour, and gaps as gaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { series_of_aggregates } from "../src/model/aggregates";

const hour = (at: number, figures: object) => ({ start: new Date(at * 3_600_000).toISOString(), ...figures });

test("means by the field's name; a bucket that is missing breaks the line", () => {
  const rows = [hour(1, { num_bikes_available_mean: 3.5 }), hour(2, { num_bikes_available_mean: null }), hour(5, { num_bikes_available_mean: 4 })];
  assert.deepEqual(series_of_aggregates(rows, "num_bikes_available", 3600), { x: [3600, 7200, 10_800, 18_000], y: [3.5, null, null, 4] });
});

test("what a counter counted is told per hour, whatever the bucket's width", () => {
  const day = { start: "1970-01-02T00:00:00.000Z", entries: 240 };
  assert.deepEqual(series_of_aggregates([day], "entries_total", 86_400).y, [10]);
  assert.deepEqual(series_of_aggregates([hour(0, { precipitation_mm: 1.2 })], "precipitation_total_mm", 3600).y, [1.2]);
  assert.deepEqual(series_of_aggregates([hour(0, {})], "exits_total", 3600).y, [null]);
});
