// Stations as GeoJSON features: the properties are exactly what the map's layers read.
import type { Feature, FeatureCollection, Point } from "geojson";
import { level_of, wanted_at, type Level } from "./availability";
import { kEverything, passes, type MapFilter, type Want } from "./map_filter";
import { number_value, position, type Kind, type State, type Station } from "./station";
import type { Change, Store } from "./store";
import { whole_degrees } from "./units";

export interface StationProperties {
  station_id: string;
  state: State;
  level: Level;
  /** What the symbol says in figures: bikes or docks, or whole degrees; "" for nothing. */
  figure: string;
  /** Weather: where wind comes from, its force 0 to 4 (-1: none known), and whether rain falls. */
  wind_from_deg?: number;
  wind_force?: number;
  rain?: boolean;
}

export type StationFeature = Feature<Point, StationProperties>;

/** The part of MapLibre's GeoJSONSourceDiff that is used here. */
export interface SourceDiff {
  add: StationFeature[];
  remove: string[];
}

/** Null for a station without a place on the map, or that the filter leaves out. */
export function feature_of(station: Station, filter: MapFilter = kEverything): StationFeature | null {
  const coordinates = position(station);
  if (coordinates === null || !passes(station, filter)) return null;
  const properties: StationProperties = {
    station_id: station.station_id,
    state: station.state,
    level: station.kind === "bike" ? level_of(station, filter.want) : "unknown",
    figure: figure_of(station, filter.want),
  };
  if (station.kind === "weather") Object.assign(properties, sky_of(station));
  return { type: "Feature", geometry: { type: "Point", coordinates }, properties };
}

/** Wind and rain, of a station whose figures are true now. */
function sky_of(station: Station): Pick<StationProperties, "wind_from_deg" | "wind_force" | "rain"> {
  if (!is_current(station)) return { wind_from_deg: 0, wind_force: -1, rain: false };
  const speed = number_value(station, "weather", "wind_speed_m_s");
  const from = number_value(station, "weather", "wind_from_direction_deg");
  const known = speed !== null && from !== null && speed >= kCalm_m_s;
  return { wind_from_deg: from ?? 0, wind_force: known ? wind_force(speed) : -1, rain: is_raining(station) };
}

const kCalm_m_s = 0.5;
const is_current = (station: Station) => station.state === "live" || station.state === "late";

/** 0 (light air) to 4 (storm): borders of Beaufort 3, 5, 7 and 9. */
function wind_force(speed_m_s: number): number {
  return [3.4, 8, 13.9, 20.8].filter((border) => speed_m_s >= border).length;
}

const kWet = new Set(["light_rain", "rain", "precipitation"]);

export function is_raining(station: Station): boolean {
  const rate = number_value(station, "weather", "precipitation_rate_mm_h");
  if (rate !== null) return rate > 0;
  return kWet.has(String(station.streams.weather?.values.weather_condition));
}

/** Old readings are not shown as figures: a number on the map reads as true now. */
function figure_of(station: Station, want: Want): string {
  if (!is_current(station)) return "";
  if (station.kind === "weather") {
    const celsius = number_value(station, "weather", "air_temperature_C");
    return celsius === null ? "" : String(whole_degrees(celsius));
  }
  const wanted = station.kind === "bike" ? wanted_at(station, want) : null;
  return wanted === null ? "" : String(wanted);
}

export function collection_of(stations: Iterable<Station>, kind: Kind, filter: MapFilter = kEverything): FeatureCollection<Point, StationProperties> {
  const features: StationFeature[] = [];
  for (const station of stations) {
    const feature = station.kind === kind ? feature_of(station, filter) : null;
    if (feature !== null) features.push(feature);
  }
  return { type: "FeatureCollection", features };
}

/**
 * What to tell one kind's map source after a change, or null for nothing. `drawn` holds the ids the
 * source has now. A feature added under an id the source has already replaces the old one.
 */
export function source_diff(change: Change, store: Store, kind: Kind, drawn: ReadonlySet<string>, filter: MapFilter = kEverything): SourceDiff | null {
  const add: StationFeature[] = [];
  const remove = [...change.removed].filter((id) => drawn.has(id));
  for (const id of change.changed) {
    const station = store.get(id);
    const feature = station?.kind === kind ? feature_of(station, filter) : null;
    if (feature !== null) add.push(feature);
    else if (drawn.has(id)) remove.push(id); // lost its place, or changed its kind
  }
  return add.length > 0 || remove.length > 0 ? { add, remove } : null;
}

/** [west, south, east, north] of all stations that have a place, or null. */
export function bounds_of(stations: Iterable<Station>): [number, number, number, number] | null {
  let bounds: [number, number, number, number] | null = null;
  for (const station of stations) {
    const at = position(station);
    if (at === null) continue;
    const [lon, lat] = at;
    bounds = bounds === null ? [lon, lat, lon, lat] : [Math.min(bounds[0], lon), Math.min(bounds[1], lat), Math.max(bounds[2], lon), Math.max(bounds[3], lat)];
  }
  return bounds;
}
