// window.wayside: what tests may read. Nothing in the page reads it, and nothing can be changed through it.
import type { Station } from "./model/station";

export interface TestHooks {
  /** Stations in the picture. */
  readonly stations: number;
  readonly lastEventId: string;
  /** Date.now() of the last event, 0 before the first. */
  readonly lastUpdate: number;
  /** Views have drawn everything received so far. */
  readonly settled: boolean;
  /** A copy of a station's row. */
  station(station_id: string): Station | null;
  /** What the map's own source holds for a station in view. */
  drawn(station_id: string): Record<string, unknown> | null;
}

declare global {
  interface Window {
    readonly wayside: TestHooks;
  }
}

export function expose(hooks: TestHooks): void {
  Object.defineProperty(window, "wayside", { value: Object.freeze(hooks), writable: false });
}
