// The list's content: which stations, in which order, at most how many; and the streets that a text may mean.
import { wanted_at } from "./availability";
import { distance_m, type Spot } from "./distance";
import { has_state, type MapFilter } from "./map_filter";
import { kStates, position, type Station } from "./station";
import type { Change, Store } from "./store";
import type { Near } from "./url_hash";

export const kListLimit = 200;

export type ListOrder = "name" | "worst";

export interface ListQuery {
  text: string;
  order: ListOrder;
  near: Near | null;
  filter: MapFilter;
}

export interface Found {
  station: Station;
  /** From the spot that is searched near; null without one. */
  distance_m: number | null;
}

export interface ListPage {
  rows: Found[];
  /** How many match; more than rows.length when the limit cut. */
  total: number;
}

/** Lower case without accents, so that "cafe" finds "Café". */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

interface Entry {
  name: string;
  text: string;
  key: string;
}

/** Finds among the store's stations. Names are folded and sorted once, not with every question. */
export class StationFinder {
  private readonly entries_ = new Map<string, Entry>();
  private sorted_: string[] = [];
  private stale_ = true;

  constructor(private readonly store: Store) {}

  /** To be told of every change. */
  update(change: Change): void {
    if (this.stale_) return;
    if (change.removed.size > 0) this.stale_ = true;
    for (const id of change.changed) if (this.entries_.get(id)?.name !== this.store.get(id)?.name) this.stale_ = true;
  }

  find(query: ListQuery, limit = kListLimit): ListPage {
    this.refresh();
    const words = folded(query.text).split(/\s+/).filter(Boolean);
    let found: Found[] = [];
    for (const id of this.sorted_) {
      const station = this.store.get(id);
      if (station === undefined || !query.filter.kinds.has(station.kind) || !has_state(station, query.filter.state)) continue;
      const text = this.entries_.get(id)?.text ?? "";
      if (!words.every((word) => text.includes(word))) continue;
      const far = query.near === null ? null : near_distance(station, query.near, query.filter);
      if (query.near !== null && far === null) continue;
      found.push({ station, distance_m: far });
    }
    if (query.near !== null) found.sort((a, b) => (a.distance_m ?? 0) - (b.distance_m ?? 0));
    else if (query.order === "worst") found = kStates.flatMap((state) => found.filter(({ station }) => station.state === state));
    return { rows: found.slice(0, limit), total: found.length };
  }

  /** Streets in the stations' names that hold every word of the text, with their stations; those with most of them first. */
  streets(text: string, limit = 3): { street: string; stations: Station[] }[] {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const by_street = new Map<string, { street: string; stations: Station[] }>();
    for (const station of this.store.all()) {
      for (const street of streets_of(station.name)) {
        const key = folded(street);
        if (!words.every((word) => key.includes(word))) continue;
        const known = by_street.get(key) ?? { street, stations: [] };
        known.stations.push(station);
        by_street.set(key, known);
      }
    }
    return [...by_street.values()].filter(({ stations }) => stations.length > 1).sort((a, b) => b.stations.length - a.stations.length).slice(0, limit);
  }

  private refresh(): void {
    if (!this.stale_) return;
    this.entries_.clear();
    for (const { station_id, name } of this.store.all()) {
      const key = folded(name).replace(/\d+/g, (digits) => digits.padStart(8, "0"));
      this.entries_.set(station_id, { name, key, text: folded(`${name} ${station_id}`) });
    }
    const key_of = (id: string) => this.entries_.get(id)?.key ?? "";
    this.sorted_ = [...this.entries_.keys()].sort((a, b) => compare(key_of(a), key_of(b)) || compare(a, b));
    this.stale_ = false;
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** "Canal St & Elm Ave" → Canal St, Elm Ave; a name without a crossing is no street. */
export function streets_of(name: string): string[] {
  const parts = name.split(/\s*(?:&|\/|\bat\b|\band\b|@)\s*/i).map((part) => part.trim());
  return parts.length > 1 ? parts.filter((part) => part.length > 2) : [];
}

/** Metres to a station that has enough of what is wanted, by a figure that is true now; else null. */
function near_distance(station: Station, near: Near, filter: MapFilter): number | null {
  const at = position(station);
  if (at === null || station.kind !== "bike" || (station.state !== "live" && station.state !== "late")) return null;
  const values = station.streams.bike_status?.values ?? {};
  if ((filter.want === "bikes" ? values.is_renting : values.is_returning) === false) return null;
  if ((wanted_at(station, filter.want) ?? -1) < near.at_least) return null;
  const spot: Spot = { lon: at[0], lat: at[1] };
  const far = distance_m(near, spot);
  return far <= near.radius_m ? far : null;
}

export const kRadii_m = [300, 500, 1000, 2000, 5000, 10_000] as const;

/** The next wider radius; null when there is none. */
export function wider(radius_m: number): number | null {
  return kRadii_m.find((radius) => radius > radius_m) ?? null;
}

const kWeatherNear_m = 30_000;

/** The nearest weather station whose figures are true now, within 30 km. */
export function weather_near(store: Store, station: Station): { station: Station; distance_m: number } | null {
  const here = position(station);
  if (here === null) return null;
  let best: { station: Station; distance_m: number } | null = null;
  for (const other of store.all()) {
    const at = other.kind === "weather" && (other.state === "live" || other.state === "late") ? position(other) : null;
    if (at === null) continue;
    const far = distance_m({ lon: here[0], lat: here[1] }, { lon: at[0], lat: at[1] });
    if (far < (best?.distance_m ?? kWeatherNear_m)) best = { station: other, distance_m: far };
  }
  return best;
}
