// What the reader wants to see on the map: bikes or docks, which kinds, which states. Part of the address.
import { is_state, kKinds, type Kind, type State, type Station } from "./station";

export type Want = "bikes" | "docks";
/** One state, all, or everything that is not live. */
export type StateFilter = State | "any" | "trouble";

export interface MapFilter {
  want: Want;
  kinds: ReadonlySet<Kind>;
  state: StateFilter;
}

export const kEverything: MapFilter = { want: "bikes", kinds: new Set(kKinds), state: "any" };

export function is_state_filter(text: unknown): text is StateFilter {
  return text === "any" || text === "trouble" || is_state(text);
}

export function has_state(station: Station, wanted: StateFilter): boolean {
  if (wanted === "any") return true;
  return wanted === "trouble" ? station.state !== "live" : station.state === wanted;
}

/** Kinds are switched off as layers; only the state decides which of their stations are there. */
export function passes(station: Station, filter: MapFilter): boolean {
  return has_state(station, filter.state);
}
