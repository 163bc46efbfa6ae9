// From JSON text to model types. A row that lacks what the page cannot do without (its id) is left
// out; anything else missing gets the value that claims least: no position, state "silent".
import type { Schemas, Unchecked } from "./api_types";
import { is_state, kKinds, type Delta, type Kind, type Snapshot, type State, type Station, type Stream, type Values } from "./station";

/** Only fields that central says it has can be read of it. */
function as_object<T = Record<string, unknown>>(value: unknown): Unchecked<T> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Unchecked<T>) : {};
}

const as_text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const as_number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const as_list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
// A state this page does not know must not be drawn as live.
const as_state = (value: unknown): State => (is_state(value) ? value : "silent");
const as_kind = (value: unknown): Kind => (kKinds.includes(value as Kind) ? (value as Kind) : "bike");

/** Without what turns or hides the text around it (bidirectional controls, zero width, control characters); a name of only that or
 * blanks is none. */
function as_name(value: unknown): string {
  return (as_text(value) ?? "").replace(/[\p{Cc}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, "").trim();
}

function parse_stream(value: unknown): Stream {
  const json = as_object<Schemas["StreamRow"]>(value);
  const stream: Stream = {
    state: as_state(json.state),
    observed_at: as_text(json.observed_at),
    received_at: as_text(json.received_at),
    stored_at: as_text(json.stored_at),
    values: as_object(json.values) as Values,
  };
  const interval = as_number(json.report_interval_s);
  if (interval !== null) stream.report_interval_s = interval;
  const clock = as_text(json.clock);
  if (clock !== null) stream.clock = clock;
  return stream;
}

export function parse_station(value: unknown): Station | null {
  const json = as_object<Schemas["PastRow"]>(value);
  const station_id = as_text(json.station_id);
  if (station_id === null || station_id === "") return null;
  const streams: Record<string, Stream> = {};
  for (const [name, stream] of Object.entries(as_object(json.streams))) streams[name] = parse_stream(stream);
  const station: Station = {
    station_id,
    kind: as_kind(json.kind),
    name: as_name(json.name) || station_id,
    lat: as_number(json.lat),
    lon: as_number(json.lon),
    capacity: as_number(json.capacity),
    agent: as_text(json.agent) ?? "",
    state: as_state(json.state),
    observed_at: as_text(json.observed_at),
    received_at: as_text(json.received_at),
    stored_at: as_text(json.stored_at),
    streams,
    line_places: parse_line_places(json.stop_sequence),
  };
  const mean_of = as_text(json.mean_of);
  if (mean_of !== null) station.mean_of = mean_of;
  return station;
}

/** As in the station's information: `{"blue":4}`; anything else says nothing about places. */
function parse_line_places(value: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(as_object(value)).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

export function parse_stations(value: unknown): Station[] {
  return as_list(value)
    .map(parse_station)
    .filter((station): station is Station => station !== null);
}

/** Throws SyntaxError when the text is not JSON. */
export function parse_snapshot(text: string): Snapshot {
  const json = as_object(JSON.parse(text));
  const snapshot: Snapshot = { generated_at: as_text(json.generated_at) ?? "", stations: parse_stations(json.stations) };
  const database_id = as_text(json.database_id);
  if (database_id !== null) snapshot.database_id = database_id;
  return snapshot;
}

/** Throws SyntaxError when the text is not JSON. */
export function parse_delta(text: string): Delta {
  const json = as_object(JSON.parse(text));
  return {
    generated_at: as_text(json.generated_at) ?? "",
    stations: parse_stations(json.stations),
    removed: as_list(json.removed).filter((id): id is string => typeof id === "string"),
  };
}
