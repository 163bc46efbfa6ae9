// The station list: what is found, in which order, and how much of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { find_stations, type ListQuery } from "../src/model/search";
import { bike } from "./stations";

const any: ListQuery = { text: "", state: "any", order: "name" };

test("every word must occur in name or id, whatever the case or accents", () => {
  const stations = [bike("1", { name: "Café Müller & 5th" }), bike("2", { name: "Market St" })];
  const ids = (text: string) => find_stations(stations, { ...any, text }).rows.map((station) => station.station_id);
  assert.deepEqual(ids("muller cafe"), ["1"]);
  assert.deepEqual(ids("MARKET 2"), ["2"]);
  assert.deepEqual(ids("cafe market"), []);
});

test("names sort as people count, worst first puts faults on top", () => {
  const stations = [bike("c", { name: "Dock 10" }), bike("a", { name: "Dock 9", state: "silent" }), bike("b", { name: "Dock 1" })];
  const ids = (order: "name" | "worst") => find_stations(stations, { ...any, order }).rows.map((station) => station.station_id);
  assert.deepEqual(ids("name"), ["b", "a", "c"]);
  assert.deepEqual(ids("worst"), ["a", "b", "c"]);
});

test("the limit cuts the rows, not the count", () => {
  const many = Array.from({ length: 1000 }, (_, i) => bike(String(i), { state: i % 2 ? "late" : "live" }));
  const page = find_stations(many, { ...any, state: "late" });
  assert.equal(page.rows.length, 200);
  assert.equal(page.total, 500);
});
