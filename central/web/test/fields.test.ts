// Values in words: labels, units, order; unknown fields are shown by the contract's naming rule.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compass_point, label_of, shown_values, text_of } from "../src/model/fields";

test("units come from the end of the name", () => {
  assert.equal(text_of("air_temperature_C", 21.25), "21.3\u00a0°C");
  assert.equal(text_of("wind_speed_m_s", 3), "3.0\u00a0m/s");
  assert.equal(text_of("relative_humidity_pct", 61), "61\u00a0%");
  assert.equal(text_of("surface_air_pressure_hPa", 998.04), "998.0\u00a0hPa");
  assert.equal(text_of("wind_from_direction_deg", 247.5), "248° WSW");
});

test("booleans, words and long things are made readable", () => {
  assert.equal(text_of("is_renting", false), "no");
  assert.equal(text_of("weather_condition", "light_rain"), "light rain");
  assert.equal(text_of("anything", { a: 1 }), '{"a":1}');
  assert.equal(text_of("anything", "x".repeat(200)).length, 80);
});

test("known fields come first in reading order, unknown after, hidden and null not at all", () => {
  const values = { zeta_V: 3.1, num_docks_available: 2, num_bikes_available: 1, precipitation_total_mm_counter_id: "b", gone: null };
  assert.deepEqual(shown_values(values).map(({ field }) => field), ["num_bikes_available", "num_docks_available", "zeta_V"]);
});

test("an unknown field gets its label from its name", () => {
  assert.equal(label_of("soil_temperature_C"), "Soil temperature");
  assert.equal(label_of("constructor"), "Constructor");
});

test("compass points wrap round", () => {
  assert.deepEqual([0, 359, 11.3, 90, 225, -90].map(compass_point), ["N", "N", "NNE", "E", "SW", "W"]);
});
