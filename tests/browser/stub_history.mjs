// Invented readings of the past for the stub server: a daily curve, a hole of 90 minutes, nothing before ten days ago.

const kDay_ms = 86_400_000;
const kStep_ms = { bike_status: 300_000, weather: 300_000, turnstile: 300_000, arrival: 600_000 };
/** No readings between so long ago and so long ago. */
export const kHole_ms = [4.5 * 3_600_000, 3 * 3_600_000];

/** A number that belongs to a time: the same every time it is asked for. */
const wobble = (n) => Math.abs(Math.sin(n * 12.9898) * 43758.5453) % 1;

function values_at(row, stream, at_ms) {
  const hour = (at_ms % kDay_ms) / 3_600_000;
  const swing = Math.sin(((hour - 8) / 24) * 2 * Math.PI);
  if (stream === "bike_status") {
    const places = row.capacity ?? 20;
    const bikes = Math.max(0, Math.min(places, Math.round(places * (0.5 + 0.35 * swing + 0.2 * (wobble(at_ms / 3e5) - 0.5)))));
    return { num_bikes_available: bikes, num_docks_available: places - bikes };
  }
  if (stream === "weather") return { air_temperature_C: Math.round(10 * (9 + 4 * swing + wobble(at_ms / 3e5))) / 10, wind_speed_m_s: Math.round(10 * (3 + 2 * wobble(at_ms / 6e5))) / 10, relative_humidity_pct: Math.round(70 - 15 * swing) };
  return { entries_total: Math.round(at_ms / 60_000 - 29_000_000 + 200 * swing), exits_total: Math.round(at_ms / 70_000), counter_id: "c1" };
}

/** The page that /api/v1/stations/{id}/readings answers with; `late` are readings that came in afterwards. */
export function readings_of(row, params, now_ms, late) {
  const stream = params.get("stream") ?? Object.keys(row.streams)[0];
  const step = kStep_ms[stream] ?? 300_000;
  const since = Math.max(Date.parse(params.get("since") ?? 0), now_ms - 10 * kDay_ms);
  const until = Math.min(Date.parse(params.get("until") ?? new Date(now_ms + 1).toISOString()), now_ms);
  const readings = late.filter(({ observed_at }) => Date.parse(observed_at) >= since && Date.parse(observed_at) < until);
  for (let at = Math.ceil(since / step) * step; at < until; at += step) {
    if (at > now_ms - kHole_ms[0] && at < now_ms - kHole_ms[1]) continue;
    readings.push({ stream, observed_at: new Date(at).toISOString(), values: values_at(row, stream, at) });
  }
  return { readings, next_cursor: null };
}

/** What /api/v1/picture answers with: each station as of then. Nothing was before ten days ago; a station that never reported has not then. */
export function picture_of(rows, at_ms, now_ms) {
  const then = (row) => {
    const there = at_ms > now_ms - 10 * kDay_ms && row.observed_at !== null;
    const observed_at = there ? new Date(Math.floor(at_ms / 60_000) * 60_000).toISOString() : null;
    const told = { state: there ? "live" : "never", observed_at, received_at: null, stored_at: null, age_s: there ? 0 : null };
    const streams = Object.entries(row.streams).map(([name, stream]) => [name, { ...stream, ...told, values: there && name !== "arrival" ? values_at(row, name, at_ms) : {} }]);
    return { ...row, ...told, streams: Object.fromEntries(streams) };
  };
  return { at: new Date(at_ms).toISOString(), stations: [...rows].map(then) };
}

const kWidth_ms = { minute: 60_000, hour: 3_600_000, day: kDay_ms };

/** The page that /api/v1/stations/{id}/aggregates answers with: means of what readings_of says. */
export function aggregates_of(row, params, now_ms) {
  const width = kWidth_ms[params.get("resolution") ?? "hour"];
  const stream = params.get("stream");
  const buckets = new Map();
  const whole = new URLSearchParams({ stream, since: new Date(Math.floor(Date.parse(params.get("since")) / width) * width).toISOString(), until: params.get("until") });
  for (const { observed_at, values } of readings_of(row, whole, now_ms, []).readings) {
    const start = Math.floor(Date.parse(observed_at) / width) * width;
    buckets.set(start, [...(buckets.get(start) ?? []), values]);
  }
  const mean = (all, field) => all.reduce((sum, values) => sum + values[field], 0) / all.length;
  const figures = (all) => Object.fromEntries(Object.keys(all[0]).filter((field) => typeof all[0][field] === "number").map((field) => [`${field}_mean`, mean(all, field)]));
  const aggregates = [...buckets].map(([start, all]) => ({ start: new Date(start).toISOString(), ...figures(all), readings: all.length }));
  return { aggregates, next_cursor: null };
}

/** As /api/v1/stations/{id}/forecast answers: in 60 minutes two bikes fewer, docks with one more; in 30 minutes nothing that beats "same as now". */
export function forecast_of(row, shown) {
  const { num_bikes_available: bikes = 0, num_docks_available: docks = 0 } = row.streams.bike_status?.values ?? {};
  const forecasts = [
    { field: "num_bikes_available", minutes: 60, count: shown ? Math.max(0, bikes - 2) : null, why_not: shown ? null : "same_as_now_is_better" },
    { field: "num_docks_available", minutes: 60, count: shown ? docks + 1 : null, why_not: shown ? null : "same_as_now_is_better" },
    { field: "num_bikes_available", minutes: 30, count: null, why_not: "same_as_now_is_better" },
  ].map((forecast) => ({ ...forecast, score: { samples: 700, mean_absolute_error: 0.978, same_as_now: 1.114, same_time_yesterday: 4.002 } }));
  return { station_id: row.station_id, days: 14, day_kind: "weekday", forecasts };
}
