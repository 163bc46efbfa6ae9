// How each state looks, in one table that the map's layers, the symbols and the legend all read.
//
// Filled means live. Hollow means: do not trust the figure. The colour of availability stays while a
// station is late and goes when it is silent; out_of_service and bad_clock carry a mark inside.
import type { State } from "../model/station";

export interface Look {
  filled: boolean;
  /** What colours the ring: the availability, or a fixed colour of the palette. */
  ring: "level" | "stale" | "clock";
  /** Relative to a live station of the same zoom. */
  size: number;
  mark: "none" | "cross" | "question" | "dot";
}

export const kLooks: Record<State, Look> = {
  live: { filled: true, ring: "level", size: 1, mark: "none" },
  late: { filled: false, ring: "level", size: 0.92, mark: "none" },
  silent: { filled: false, ring: "stale", size: 0.85, mark: "none" },
  never: { filled: false, ring: "stale", size: 0.6, mark: "dot" },
  out_of_service: { filled: false, ring: "stale", size: 0.92, mark: "cross" },
  bad_clock: { filled: false, ring: "clock", size: 0.92, mark: "question" },
};
