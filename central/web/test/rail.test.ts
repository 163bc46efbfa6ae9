// Lines and trains from what rail stations report: order, next stop, and how far an unreported train may be drawn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RailModel, train_position } from "../src/model/rail";
import type { Station, Values } from "../src/model/station";
import { bike } from "./stations";

const t0 = Date.parse("2026-11-20T08:00:00Z");

function stop(station_id: string, at_ms: number, values: Values, fields: Partial<Station> = {}): Station {
  const observed_at = new Date(at_ms).toISOString();
  const stream = { state: "live" as const, observed_at, received_at: observed_at, stored_at: observed_at, values };
  return { ...bike(station_id, { kind: "rail", ...fields }), streams: { arrival: stream } };
}

const arrival = (vehicle_id: string, prev: string | null, place: number | null, direction_id = "a"): Values => ({
  vehicle_id,
  route_id: "blue",
  direction_id,
  vehicle_status: "in_service",
  ...(prev === null ? {} : { prev_station_id: prev }),
  ...(place === null ? {} : { stop_sequence: place }),
});

test("a line's order comes from the places that arrivals name", () => {
  const rail = new RailModel();
  rail.observe(stop("c", t0, arrival("B1", "b", 3)));
  rail.observe(stop("a", t0, arrival("B2", "b", 1, "b")));
  rail.observe(stop("b", t0, arrival("B3", "a", 2)));
  assert.deepEqual(rail.lines(), [{ route_id: "blue", stops: ["a", "b", "c"] }]);
});

test("without places the order is how trains have gone", () => {
  const rail = new RailModel();
  rail.observe(stop("c", t0, arrival("B1", "b", null)));
  rail.observe(stop("d", t0 + 1, arrival("B1", "c", null)));
  rail.observe(stop("b", t0, arrival("B2", "a", null)));
  assert.deepEqual(rail.lines()[0]?.stops, ["a", "b", "c", "d"]);
});

test("the next stop follows the direction; at the end there is none", () => {
  const rail = new RailModel();
  for (const [id, place] of [["a", 1], ["b", 2], ["c", 3]] as const) rail.observe(stop(id, t0, { route_id: "blue", stop_sequence: place }));
  rail.observe(stop("b", t0, arrival("B1", "a", 2, "a")));
  rail.observe(stop("b", t0 + 1000, arrival("B2", "c", 2, "b")));
  rail.observe(stop("c", t0, arrival("B3", "b", 3, "a")));
  const next = Object.fromEntries(rail.trains(t0).map((train) => [train.vehicle_id, rail.next_stop(train)]));
  assert.deepEqual(next, { B1: "c", B2: "a", B3: null });
});

test("an unreported train is never drawn at its next stop, a broken one stays where it is", () => {
  const rail = new RailModel();
  const stations = new Map([
    ["a", stop("a", t0, { route_id: "blue", stop_sequence: 1 }, { lon: 10, lat: 50 })],
    ["b", stop("b", t0, arrival("B1", null, 2), { lon: 11, lat: 50 })],
    ["c", stop("c", t0, { route_id: "blue", stop_sequence: 3 }, { lon: 12, lat: 50 })],
  ]);
  for (const station of stations.values()) rail.observe(station);
  rail.observe(stop("b", t0 + 1, arrival("B1", "a", 2), { lon: 11, lat: 50 }));
  const lon_after = (s: number, train = rail.trains(t0)[0]) => train_position(rail, train ?? assert.fail(), (id) => stations.get(id), t0 + s * 1000, false)?.[0] ?? NaN;
  assert.equal(lon_after(0), 11);
  assert.ok(lon_after(60) > 11 && lon_after(60) < 11.9, `${lon_after(60)}`);
  assert.ok(Math.abs(lon_after(3000) - 11.9) < 1e-9);
  const [train] = rail.trains(t0);
  assert.equal(lon_after(60, { ...(train ?? assert.fail()), status: "broken_down" }), 11);
});

test("an older report does not move a train back, and one not heard of is gone", () => {
  const rail = new RailModel();
  assert.equal(rail.observe(stop("b", t0, arrival("B1", "a", 2))), true);
  assert.equal(rail.observe(stop("a", t0 - 60_000, arrival("B1", null, 1))), false);
  assert.equal(rail.trains(t0)[0]?.station_id, "b");
  assert.equal(rail.trains(t0 + 3_600_000).length, 0);
});
