// How full a bike station is, as one of three levels. The borders are thirds without a gap: a share
// of exactly 1/3 is "few", of exactly 2/3 is "even".
import { number_value, type Station } from "./station";

export type Level = "few" | "even" | "full" | "unknown";

export const kLevelWords: Record<Exclude<Level, "unknown">, string> = {
  few: "Few bikes (up to a third)",
  even: "Bikes and docks",
  full: "Nearly full (over two thirds)",
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

export function level_of(station: Station): Level {
  return level_of_share(bike_share(bikes_at(station), docks_at(station), station.capacity));
}
