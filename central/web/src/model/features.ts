// Stations as GeoJSON features: the properties are exactly what the map's layers read.
import type { Feature, FeatureCollection, Point } from "geojson";
import { bikes_at, level_of, type Level } from "./availability";
import { number_value, position, type Kind, type State, type Station } from "./station";
import type { Change, Store } from "./store";

export interface StationProperties {
  station_id: string;
  state: State;
  level: Level;
  /** What the symbol says in figures: bikes, or whole degrees Celsius; "" for nothing. */
  figure: string;
}

export type StationFeature = Feature<Point, StationProperties>;

/** The part of MapLibre's GeoJSONSourceDiff that is used here. */
export interface SourceDiff {
  add: StationFeature[];
  remove: string[];
}

/** Null for a station without a place on the map. */
export function feature_of(station: Station): StationFeature | null {
  const coordinates = position(station);
  if (coordinates === null) return null;
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates },
    properties: {
      station_id: station.station_id,
      state: station.state,
      level: station.kind === "bike" ? level_of(station) : "unknown",
      figure: figure_of(station),
    },
  };
}

/** Old readings are not shown as figures: a number on the map reads as true now. */
function figure_of(station: Station): string {
  if (station.state !== "live" && station.state !== "late") return "";
  if (station.kind === "weather") {
    const celsius = number_value(station, "weather", "air_temperature_C");
    return celsius === null ? "" : String(Math.round(celsius) + 0); // + 0: no "-0"
  }
  const bikes = station.kind === "bike" ? bikes_at(station) : null;
  return bikes === null ? "" : String(bikes);
}

export function collection_of(stations: Iterable<Station>, kind: Kind): FeatureCollection<Point, StationProperties> {
  const features: StationFeature[] = [];
  for (const station of stations) {
    const feature = station.kind === kind ? feature_of(station) : null;
    if (feature !== null) features.push(feature);
  }
  return { type: "FeatureCollection", features };
}

/**
 * What to tell one kind's map source after a change, or null for nothing. `drawn` holds the ids the
 * source has now. A feature added under an id the source has already replaces the old one.
 */
export function source_diff(change: Change, store: Store, kind: Kind, drawn: ReadonlySet<string>): SourceDiff | null {
  const add: StationFeature[] = [];
  const remove = [...change.removed].filter((id) => drawn.has(id));
  for (const id of change.changed) {
    const station = store.get(id);
    const feature = station?.kind === kind ? feature_of(station) : null;
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
