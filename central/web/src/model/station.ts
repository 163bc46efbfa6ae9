// What central's API sends about stations (DESIGN section 6; FORMAT.md has every field). Nothing
// here is trusted to be present: central may be older or newer than this page.

/** Worst first: the order in which a station shows its worst stream. */
export const kStates = ["bad_clock", "silent", "out_of_service", "late", "never", "live"] as const;
export type State = (typeof kStates)[number];

export const kKinds = ["bike", "rail", "weather"] as const;
export type Kind = (typeof kKinds)[number];

export type Values = Record<string, unknown>;

export interface Stream {
  state: State;
  observed_at: string | null;
  received_at: string | null;
  stored_at: string | null;
  report_interval_s?: number;
  clock?: string;
  values: Values;
}

export interface Station {
  station_id: string;
  kind: Kind;
  name: string;
  lat: number | null;
  lon: number | null;
  capacity: number | null;
  agent: string;
  state: State;
  observed_at: string | null;
  received_at: string | null;
  stored_at: string | null;
  streams: Record<string, Stream>;
  /** Rail: line → place of the station along it, as the station's information says. */
  line_places: Record<string, number>;
  /** In a picture of the past: the values are means of a bucket so wide, because the readings have gone by age. */
  mean_of?: string;
}

export interface Snapshot {
  generated_at: string;
  database_id?: string;
  stations: Station[];
}

export interface Delta {
  generated_at: string;
  stations: Station[];
  removed: string[];
}

export interface StateWords {
  label: string;
  meaning: string;
}

export const kStateWords: Record<State, StateWords> = {
  live: { label: "Live", meaning: "reports on time" },
  late: { label: "Late", meaning: "over 2 intervals old" },
  silent: { label: "Silent", meaning: "over 5 intervals old" },
  never: { label: "Never reported", meaning: "known, but no reading yet" },
  out_of_service: { label: "Out of service", meaning: "says so itself" },
  bad_clock: { label: "Bad clock", meaning: "its times cannot be right" },
};

export const kKindWords: Record<Kind, string> = {
  bike: "Bike station",
  rail: "Rail station",
  weather: "Weather station",
};

export function is_state(text: unknown): text is State {
  return kStates.includes(text as State);
}

/** The station's place as [lon, lat], or null where it has none that a map can draw. */
export function position(station: Station): [number, number] | null {
  const { lon, lat } = station;
  if (typeof lon !== "number" || typeof lat !== "number") return null;
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  if (lon === 0 && lat === 0) return null; // feeds mean "unknown" by it
  return [lon, lat];
}

/** A number among the values of one stream, or null. */
export function number_value(station: Station, stream: string, field: string): number | null {
  const value = station.streams[stream]?.values[field];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
