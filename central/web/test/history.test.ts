// History as lines: gaps stay gaps, late data closes them, counters become rates, a typical day needs days.
import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, joined, series_of, typical_day, type Reading } from "../src/model/history";

const t0 = Date.parse("2026-11-20T00:00:00Z") / 1000;
const at = (s: number) => new Date((t0 + s) * 1000).toISOString();
const bikes = (s: number, num_bikes_available: number | null): Reading => ({ observed_at: at(s), values: { num_bikes_available } });

test("a gap of over two intervals breaks the line, and late data closes it", () => {
  const readings = [bikes(0, 4), bikes(300, 5), bikes(1500, 7)];
  assert.deepEqual(series_of(readings, "num_bikes_available", 300), { x: [t0, t0 + 300, t0 + 600, t0 + 1500], y: [4, 5, null, 7] });
  const late = [...readings, bikes(600, 6), bikes(1200, 6), bikes(900, 6)];
  assert.deepEqual(series_of(late, "num_bikes_available", 300).y, [4, 5, 6, 6, 6, 7]);
});

test("readings that come twice or without the field are one or none", () => {
  assert.deepEqual(series_of([bikes(0, 4), bikes(0, 4), bikes(300, null)], "num_bikes_available", 300).y, [4]);
});

test("a counter is shown per hour, and one that begins anew counts nothing backwards", () => {
  const entries = (s: number, entries_total: number, counter_id: string): Reading => ({ observed_at: at(s), values: { entries_total, counter_id } });
  const readings = [entries(0, 100, "a"), entries(300, 110, "a"), entries(600, 130, "a"), entries(900, 5, "b"), entries(1200, 25, "b")];
  assert.deepEqual(series_of(readings, "entries_total", 300), { x: [t0, t0 + 900], y: [120, 80] });
});

test("what a counter counted across a gap is in the total and in no rate", () => {
  const entries = (s: number, entries_total: number): Reading => ({ observed_at: at(s), values: { entries_total, counter_id: "a" } });
  const readings = [entries(0, 100), entries(300, 110), entries(9000, 510), entries(9300, 520)];
  assert.equal(counted(readings, "entries_total"), 420);
  assert.deepEqual(series_of(readings, "entries_total", 300).y, [40, null, 40]);
});

test("a typical day is the mean of the days before, where two of them tell", () => {
  const day = 86_400;
  const readings = [1, 2, 3].flatMap((back) => [0, 300, 600, 900].map((s) => bikes(43_200 + s - back * day, 10 * back)));
  const series = series_of(readings, "num_bikes_available", 300);
  const usual = typical_day(series, t0 + 43_200, t0 + 43_200 + 900, 300);
  assert.deepEqual(usual, { x: [t0 + 43_200, t0 + 44_100], y: [20, 20] });
  const one_day = series_of(readings.slice(0, 4), "num_bikes_available", 300);
  assert.deepEqual(typical_day(one_day, t0 + 43_200, t0 + 43_200, 300).y, [null]);
});

test("lines over one axis: a missing point is undefined, a gap null", () => {
  assert.deepEqual(joined([{ x: [1, 2, 5], y: [5, null, 6] }, { x: [3, 4], y: [9, 9] }])[1], [5, null, null, null, 6]);
  assert.deepEqual(joined([{ x: [1, 2, 3], y: [5, null, 6] }, { x: [2], y: [9] }]), [[1, 2, 3], [5, null, 6], [undefined, 9, undefined]]);
});
