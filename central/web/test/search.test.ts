// The station list: what is found, in which order, near where, and how much of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kEverything } from "../src/model/map_filter";
import { StationFinder, streets_of, wider, type ListQuery } from "../src/model/search";
import type { Station } from "../src/model/station";
import { Store } from "../src/model/store";
import { bike, weather } from "./stations";

const any: ListQuery = { text: "", order: "name", near: null, filter: kEverything };
const at = "2026-11-20T08:00:00Z";

function finder_of(stations: Station[]): { finder: StationFinder; store: Store } {
  const store = new Store();
  store.apply_snapshot({ generated_at: at, stations });
  return { finder: new StationFinder(store), store };
}

const ids_of = (finder: StationFinder, query: ListQuery) => finder.find(query).rows.map(({ station }) => station.station_id);

test("every word must occur in name or id, whatever the case or accents", () => {
  const { finder } = finder_of([bike("1", { name: "Café Müller & 5th" }), bike("2", { name: "Market St" })]);
  assert.deepEqual(ids_of(finder, { ...any, text: "muller cafe" }), ["1"]);
  assert.deepEqual(ids_of(finder, { ...any, text: "MARKET 2" }), ["2"]);
  assert.deepEqual(ids_of(finder, { ...any, text: "cafe market" }), []);
});

test("names sort as people count, worst first puts faults on top", () => {
  const { finder } = finder_of([bike("c", { name: "Dock 10" }), bike("a", { name: "Dock 9", state: "silent" }), bike("b", { name: "Dock 1" })]);
  assert.deepEqual(ids_of(finder, any), ["b", "a", "c"]);
  assert.deepEqual(ids_of(finder, { ...any, order: "worst" }), ["a", "b", "c"]);
});

test("a new name, a new station and a retired one are found as they are now", () => {
  const { finder, store } = finder_of([bike("1", { name: "Alder" }), bike("2", { name: "Birch" })]);
  assert.deepEqual(ids_of(finder, any), ["1", "2"]);
  finder.update(store.apply_delta({ generated_at: at, stations: [bike("1", { name: "Cedar" }), bike("3", { name: "Aspen" })], removed: [] }));
  assert.deepEqual(ids_of(finder, any), ["3", "2", "1"]);
  finder.update(store.apply_delta({ generated_at: at, stations: [], removed: ["2"] }));
  assert.deepEqual(ids_of(finder, any), ["3", "1"]);
});

test("the limit cuts the rows, not the count", () => {
  const { finder } = finder_of(Array.from({ length: 1000 }, (_, i) => bike(String(i), { state: i % 2 ? "late" : "live" })));
  const page = finder.find({ ...any, filter: { ...kEverything, state: "late" } });
  assert.equal(page.rows.length, 200);
  assert.equal(page.total, 500);
});

test("near: enough of what is wanted, within the radius, nearest first, never by an old figure", () => {
  const near = { lat: 41.88, lon: -87.63, radius_m: 500, at_least: 3 };
  const { finder } = finder_of([
    bike("far", { lat: 41.89 }),
    bike("second", { lat: 41.883 }),
    bike("first", { lat: 41.881 }),
    bike("few", {}, { num_bikes_available: 2, num_docks_available: 8 }),
    bike("silent", { state: "silent" }),
    bike("shut", {}, { num_bikes_available: 9, num_docks_available: 9, is_renting: false }),
    weather("w", 3),
  ]);
  const page = finder.find({ ...any, near });
  assert.deepEqual(page.rows.map(({ station }) => station.station_id), ["first", "second"]);
  const metres = page.rows[0]?.distance_m ?? 0;
  assert.ok(Math.abs(metres - 111) < 1, `${metres}`);
  const docks = { ...kEverything, want: "docks" as const };
  assert.deepEqual(ids_of(finder, { ...any, near, filter: docks }).sort(), ["few", "first", "second", "shut"]);
});

test("streets are found in the names of crossings", () => {
  assert.deepEqual(streets_of("Canal St & Elm Ave"), ["Canal St", "Elm Ave"]);
  assert.deepEqual(streets_of("Harrison St at 2nd St"), ["Harrison St", "2nd St"]);
  assert.deepEqual(streets_of("Anderson Park"), []);
  const { finder } = finder_of([bike("1", { name: "Canal St & Elm Ave" }), bike("2", { name: "Canal St & Oak Ave" }), bike("3", { name: "Elmhurst" })]);
  assert.deepEqual(finder.streets("canal").map(({ street, stations }) => [street, stations.length]), [["Canal St", 2]]);
  assert.deepEqual(finder.streets("elm"), []);
});

test("a wider radius, until there is none", () => {
  assert.equal(wider(500), 1000);
  assert.equal(wider(10_000), null);
});
