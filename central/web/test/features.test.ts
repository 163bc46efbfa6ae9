// GeoJSON for the map: what a station looks like there, and the least the map has to be told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds_of, collection_of, feature_of, source_diff } from "../src/model/features";
import { kEverything } from "../src/model/map_filter";
import { Store } from "../src/model/store";
import { bike, weather } from "./stations";

const at = "2026-11-20T08:00:00Z";

test("feature carries id, state, level and figure at [lon, lat]", () => {
  const feature = feature_of(bike("72"));
  assert.deepEqual(feature?.geometry.coordinates, [-87.63, 41.88]);
  assert.deepEqual(feature?.properties, { station_id: "72", state: "live", level: "even", figure: "4" });
});

test("a silent station has no figure: a number on the map reads as true now", () => {
  assert.equal(feature_of(bike("72", { state: "silent" }))?.properties.figure, "");
  assert.equal(feature_of(weather("w", 21.4, { state: "bad_clock" }))?.properties.figure, "");
});

test("weather figure is whole degrees, without a minus zero", () => {
  assert.equal(feature_of(weather("w", 21.4))?.properties.figure, "21");
  assert.equal(feature_of(weather("w", -0.3))?.properties.figure, "0");
  assert.equal(feature_of(weather("w", null))?.properties.figure, "");
});

test("whoever wants docks gets docks as figure, and the colours turned", () => {
  const docks = { ...kEverything, want: "docks" as const };
  const full = bike("72", {}, { num_bikes_available: 9, num_docks_available: 1 });
  assert.deepEqual([feature_of(full)?.properties.level, feature_of(full)?.properties.figure], ["full", "9"]);
  assert.deepEqual([feature_of(full, docks)?.properties.level, feature_of(full, docks)?.properties.figure], ["few", "1"]);
});

test("the filter by state leaves out what the reader does not want to see", () => {
  const silent = bike("1", { state: "silent" });
  assert.equal(feature_of(silent, { ...kEverything, state: "live" }), null);
  assert.notEqual(feature_of(silent, { ...kEverything, state: "trouble" }), null);
  assert.equal(feature_of(bike("2"), { ...kEverything, state: "trouble" }), null);
});

test("a weather feature tells wind and rain, but not those of a silent station", () => {
  const values = { air_temperature_C: 3, wind_speed_m_s: 9, wind_from_direction_deg: 350, precipitation_rate_mm_h: 1.2 };
  const of = (state: "live" | "silent") => {
    const station = weather("w", 3, { state });
    if (station.streams.weather) station.streams.weather.values = values;
    return feature_of(station)?.properties;
  };
  assert.deepEqual([of("live")?.wind_from_deg, of("live")?.wind_force, of("live")?.rain], [350, 2, true]);
  assert.deepEqual([of("silent")?.wind_force, of("silent")?.rain], [-1, false]);
});

test("a station without a usable place is not on the map", () => {
  for (const place of [{ lat: null }, { lat: 91 }, { lat: 0, lon: 0 }, { lon: 200 }, { lat: NaN }]) assert.equal(feature_of(bike("1", place)), null);
});

test("collection holds one kind", () => {
  const stations = [bike("1"), weather("w", 3), bike("2")];
  assert.equal(collection_of(stations, "bike").features.length, 2);
  assert.equal(collection_of(stations, "weather").features.length, 1);
});

test("diff of a delta holds the changed stations of its kind and nothing else", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: at, stations: [bike("1"), bike("2"), weather("w", 3)] });
  const change = store.apply_delta({ generated_at: at, stations: [bike("1", { state: "late" }), weather("w", 4)], removed: ["2"] });
  const diff = source_diff(change, store, "bike", new Set(["1", "2"]));
  assert.deepEqual(diff?.add.map((feature) => feature.properties.station_id), ["1"]);
  assert.deepEqual(diff?.remove, ["2"]);
  assert.equal(source_diff(change, store, "rail", new Set()), null);
});

test("a station that loses its place or changes its kind leaves its source", () => {
  const store = new Store();
  store.apply_snapshot({ generated_at: at, stations: [bike("1"), bike("2")] });
  const change = store.apply_delta({ generated_at: at, stations: [bike("1", { lat: null }), weather("2", 5)], removed: [] });
  assert.deepEqual(source_diff(change, store, "bike", new Set(["1", "2"]))?.remove, ["1", "2"]);
});

test("bounds cover the placed stations only", () => {
  assert.equal(bounds_of([bike("1", { lat: 0, lon: 0 })]), null);
  assert.deepEqual(bounds_of([bike("1"), bike("2", { lat: 42, lon: -88 }), bike("3", { lat: 0, lon: 0 })]), [-88, 41.88, -87.63, 42]);
});
