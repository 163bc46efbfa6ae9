// The station list's content: which stations, in which order, at most how many.
import { kStates, type State, type Station } from "./station";

export const kListLimit = 200;

export type ListOrder = "name" | "worst";

export interface ListQuery {
  text: string;
  state: State | "any";
  order: ListOrder;
}

export interface ListPage {
  rows: Station[];
  /** How many match; more than rows.length when the limit cut. */
  total: number;
}

/** Lower case without accents, so that "cafe" finds "Café". */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

const kCollator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Every word of the text must occur in the name or the id. */
export function find_stations(stations: Iterable<Station>, query: ListQuery, limit = kListLimit): ListPage {
  const words = folded(query.text).split(/\s+/).filter(Boolean);
  const found: Station[] = [];
  for (const station of stations) {
    if (query.state !== "any" && station.state !== query.state) continue;
    if (words.length > 0) {
      const haystack = folded(`${station.name} ${station.station_id}`);
      if (!words.every((word) => haystack.includes(word))) continue;
    }
    found.push(station);
  }
  const by_name = (a: Station, b: Station) => kCollator.compare(a.name, b.name) || kCollator.compare(a.station_id, b.station_id);
  const by_worst = (a: Station, b: Station) => kStates.indexOf(a.state) - kStates.indexOf(b.state) || by_name(a, b);
  found.sort(query.order === "worst" ? by_worst : by_name);
  return { rows: found.slice(0, limit), total: found.length };
}
