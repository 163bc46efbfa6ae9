// Stations for tests.
import type { Station, Values } from "../src/model/station";

export function bike(station_id: string, fields: Partial<Station> = {}, values: Values = { num_bikes_available: 4, num_docks_available: 6 }): Station {
  const observed_at = "2026-11-20T08:00:00Z";
  const state = fields.state ?? "live";
  return {
    station_id,
    kind: "bike",
    name: `Station ${station_id}`,
    lat: 41.88,
    lon: -87.63,
    capacity: 10,
    agent: "test",
    state,
    observed_at,
    received_at: observed_at,
    stored_at: observed_at,
    streams: { bike_status: { state, observed_at, received_at: observed_at, stored_at: observed_at, values } },
    line_places: {},
    ...fields,
  };
}

export function weather(station_id: string, celsius: number | null, fields: Partial<Station> = {}): Station {
  const station = bike(station_id, { kind: "weather", capacity: null, ...fields });
  const { state, observed_at, received_at, stored_at } = station;
  station.streams = { weather: { state, observed_at, received_at, stored_at, values: { air_temperature_C: celsius } } };
  return station;
}
