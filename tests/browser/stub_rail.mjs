// Three invented rail lines for the stub server, with trains that go from station to station.

const kLines = {
  blue: ["West Gate", "Mill Road", "Canal Street", "Union", "Harbour", "East Pier"],
  red: ["North End", "Orchard", "Market Hall", "Union", "Linden", "Stadium", "South Fields"],
  green: ["Airport", "Foundry", "Market Hall", "King's Cross", "Juniper"],
};
const kShapes = { blue: { from: [-0.055, 0.004], to: [0.055, -0.006] }, red: { from: [0.008, 0.048], to: [-0.004, -0.05] }, green: { from: [-0.05, -0.03], to: [0.05, 0.035] } };
/** Where trains begin, one stop before they are first reported: never two at one station, whose row knows only its newest. */
const kStarts = { blue: [0, 1, 4], red: [0, 1, 4], green: [0, 2, 3] };

/** Stations in a city round `centre`, each of them on its lines, and the trains. Ids are rail-0, rail-1, … */
export function make_rail(centre, now_ms) {
  const stations = new Map();
  for (const [line, names] of Object.entries(kLines)) {
    names.forEach((name, order) => {
      const share = order / (names.length - 1);
      const { from, to } = kShapes[line];
      const known = stations.get(name) ?? { name, lines: [], lon: centre.lon + from[0] + (to[0] - from[0]) * share, lat: centre.lat + from[1] + (to[1] - from[1]) * share };
      known.lines.push({ line, order: order + 1 });
      stations.set(name, known);
    });
  }
  const list = [...stations.values()].map((station, index) => ({ ...station, station_id: `rail-${index}` }));
  const id_of = (name) => list.find((station) => station.name === name).station_id;
  const trains = Object.entries(kLines).flatMap(([line, names]) =>
    kStarts[line].map((at, n) => ({
      vehicle_id: `${line.toUpperCase()}-${n + 1}`,
      line,
      stops: names.map(id_of),
      at,
      step: 1,
      status: line === "green" && n === 2 ? "broken_down" : "in_service",
    })),
  );
  return { stations: list.map((station) => make_row(station, now_ms)), trains };
}

function make_row(station, now_ms) {
  const at = new Date(now_ms).toISOString();
  const times = { observed_at: at, received_at: at, stored_at: at };
  const stream = { state: "live", ...times, report_interval_s: 60, clock: "synced" };
  return {
    station_id: station.station_id,
    kind: "rail",
    name: station.name,
    lat: station.lat,
    lon: station.lon,
    capacity: null,
    agent: "stub-rail",
    state: "live",
    ...times,
    age_s: 0,
    stop_sequence: Object.fromEntries(station.lines.map(({ line, order }) => [line, order])),
    streams: { arrival: { ...stream, values: {} }, turnstile: { ...stream, values: { entries_total: 1000 + 37 * station.name.length, exits_total: 900, counter_id: "c1" } } },
  };
}

/** Moves one train to its next stop. Returns the row of the station that reports it. */
export function next_arrival(rows, train, now_ms, random) {
  const before = train.stops[train.at];
  if (train.at + train.step < 0 || train.at + train.step >= train.stops.length) train.step = -train.step;
  train.at += train.step;
  const row = structuredClone(rows.get(train.stops[train.at]));
  const at = new Date(now_ms).toISOString();
  const direction_id = train.step > 0 ? "a" : "b";
  const { arrival, turnstile } = row.streams;
  arrival.values = { vehicle_id: train.vehicle_id, route_id: train.line, direction_id, vehicle_status: train.status, prev_station_id: before, prev_direction_id: direction_id, stop_sequence: train.at + 1 };
  turnstile.values = { ...turnstile.values, entries_total: turnstile.values.entries_total + Math.floor(random() * 12) };
  for (const place of [row, arrival, turnstile]) place.observed_at = place.received_at = place.stored_at = at;
  return row;
}
