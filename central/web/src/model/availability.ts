// How full a bike station is, as one of three levels. The borders are thirds without a gap: a share
// of exactly 1/3 is "few", of exactly 2/3 is "even".
import type { Want } from "./map_filter";
import { number_value, type Station } from "./station";

export type Level = "few" | "even" | "full" | "unknown";

/** What a level means to somebody who wants bikes, or docks: the colours turn with the wish. */
export const kLevelWords: Record<Want, Record<Exclude<Level, "unknown">, string>> = {
  bikes: { few: "Few bikes (up to a third)", even: "Bikes and docks", full: "Many bikes (over two thirds)" },
  docks: { few: "Few free docks (up to a third)", even: "Docks and bikes", full: "Many free docks (over two thirds)" },
};

/**
 * Share of places taken by bikes, 0 to 1, or null when it cannot be known. Counted against what the
 * station itself reports (bikes + free docks), because capacity includes broken docks; capacity is
 * used when docks are not reported.
 */
export function bike_share(bikes: number | null, docks: number | null, capacity: number | null): number | null {
  if (bikes === null || bikes < 0) return null;
  const reported = docks !== null && docks >= 0 ? bikes + docks : 0;
  const places = reported > 0 ? reported : (capacity ?? 0);
  if (places <= 0) return null;
  return Math.min(1, bikes / places);
}

export function level_of_share(share: number | null): Level {
  if (share === null) return "unknown";
  if (share <= 1 / 3) return "few";
  if (share <= 2 / 3) return "even";
  return "full";
}

export function bikes_at(station: Station): number | null {
  return number_value(station, "bike_status", "num_bikes_available");
}

export function docks_at(station: Station): number | null {
  return number_value(station, "bike_status", "num_docks_available");
}

/** How much of what is wanted there is; null where it is not known. */
export function wanted_at(station: Station, want: Want): number | null {
  return want === "bikes" ? bikes_at(station) : docks_at(station);
}

export function level_of(station: Station, want: Want = "bikes"): Level {
  if (want === "bikes") return level_of_share(bike_share(bikes_at(station), docks_at(station), station.capacity));
  return level_of_share(bike_share(docks_at(station), bikes_at(station), station.capacity));
}
