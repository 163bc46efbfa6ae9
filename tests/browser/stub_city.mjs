// An invented city for the stub server: the same one for the same seed. Every state and kind occurs.

/** A small seeded generator (mulberry32): 0 <= x < 1. */
export function random_from(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const kStreets = ["Alder", "Birch", "Canal", "Dock", "Elm", "Foundry", "Garden", "Harbour", "Ivy", "Juniper", "King", "Linden", "Market", "North", "Orchard", "Park"];
export const kCentre = { lat: 41.88, lon: -87.64 };
const kInterval_s = { bike: 300, weather: 60 };
/** How old a station of each state is, in report intervals. */
const kAge = { live: [0, 1], late: [2.2, 4.5], silent: [40, 20000], out_of_service: [0, 1], bad_clock: [-30, -10] };

function pick_state(random, index) {
  // The first stations take each state once, so that even a small city shows all.
  const first = ["live", "live", "live", "late", "silent", "never", "out_of_service", "bad_clock"];
  if (index < first.length) return first[index];
  const x = random();
  if (x < 0.9) return "live";
  if (x < 0.93) return "late";
  if (x < 0.96) return "silent";
  if (x < 0.975) return "never";
  return x < 0.99 ? "out_of_service" : "bad_clock";
}

function bike_values(random, capacity, state) {
  const bikes = Math.floor(random() * (capacity + 1));
  const working = state !== "out_of_service";
  return { num_bikes_available: bikes, num_docks_available: capacity - bikes, is_installed: true, is_renting: working, is_returning: working };
}

function weather_values(random) {
  return {
    air_temperature_C: Math.round((8 + random() * 6) * 10) / 10,
    relative_humidity_pct: Math.round(50 + random() * 40),
    air_pressure_at_mean_sea_level_hPa: 1013.2,
    wind_speed_m_s: Math.round(random() * 90) / 10,
    wind_from_direction_deg: Math.round(random() * 359),
    precipitation_total_mm: 231.4,
    counter_id: "b1",
    weather_condition: random() < 0.3 ? "rain" : "cloudy",
  };
}

const kStreams = { bike: "bike_status", weather: "weather" };

/** One row as /api/v1/stations gives it. */
export function make_station(random, index, kind, now_ms) {
  const state = pick_state(random, index);
  const interval_s = kInterval_s[kind];
  const [from, to] = kAge[state] ?? [0, 0];
  const spread = Math.sqrt(-2 * Math.log(1 - random() * 0.999)) * 0.03;
  const angle = random() * 2 * Math.PI;
  const capacity = kind === "bike" ? 10 + Math.floor(random() * 35) : null;
  const age_s = (from + random() * (to - from)) * interval_s;
  const observed_at = state === "never" ? null : new Date(now_ms - age_s * 1000).toISOString();
  const values = { bike: () => bike_values(random, capacity, state), weather: () => weather_values(random) };
  const times = { observed_at, received_at: observed_at, stored_at: observed_at };
  const stream = { state, ...times, report_interval_s: interval_s, clock: "synced", values: state === "never" ? {} : values[kind]() };
  const street = () => kStreets[Math.floor(random() * kStreets.length)];
  return {
    station_id: `${kind}-${index}`,
    kind,
    name: kind === "weather" ? `${street()} weather post ${index}` : `${street()} St & ${street()} Ave`,
    lat: kCentre.lat + spread * Math.sin(angle),
    lon: kCentre.lon + (spread * Math.cos(angle)) / 0.74,
    capacity,
    agent: "stub-agent",
    state,
    ...times,
    age_s,
    streams: { [kStreams[kind]]: stream },
  };
}

/** `count` bike stations, and a weather post for every fifty. Rail: stub_rail.mjs. */
export function make_city(seed, count, now_ms) {
  const random = random_from(seed);
  const some = Math.max(8, Math.round(count / 50));
  const city = [];
  for (let i = 0; i < count; i++) city.push(make_station(random, i, "bike", now_ms));
  for (let i = 0; i < some; i++) city.push(make_station(random, i, "weather", now_ms));
  return city;
}

/** Moves a live bike station by a bike or two, as a new reading would. Returns the new row. */
export function next_reading(random, row, now_ms) {
  const copy = structuredClone(row);
  const stream = Object.values(copy.streams)[0];
  const at = new Date(now_ms).toISOString();
  if (copy.kind === "bike") {
    const { values } = stream;
    const total = values.num_bikes_available + values.num_docks_available;
    values.num_bikes_available = Math.min(total, Math.max(0, values.num_bikes_available + Math.floor(random() * 5) - 2));
    values.num_docks_available = total - values.num_bikes_available;
  } else if (copy.kind === "weather") {
    stream.values.air_temperature_C = Math.round((stream.values.air_temperature_C + random() - 0.5) * 10) / 10;
  }
  for (const place of [copy, stream]) place.observed_at = place.received_at = place.stored_at = at;
  copy.age_s = 0;
  return copy;
}
