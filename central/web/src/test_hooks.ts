// window.wayside: what tests may read. Nothing in the page reads it, and nothing can be changed through it.
import type { Station } from "./model/station";
import type { App } from "./app";

export interface TestHooks {
  /** Stations in the picture. */
  readonly stations: number;
  readonly lastEventId: string;
  /** Date.now() of the last event, 0 before the first. */
  readonly lastUpdate: number;
  /** Views have drawn everything received so far. */
  readonly settled: boolean;
  /** performance.now() of the first picture that shows stations, 0 before it. */
  readonly firstPicture: number;
  /** The minute of the past that the picture is of (ms), null when it is live. */
  readonly past: number | null;
  /** A copy of a station's row, and of what it says now. */
  station(station_id: string): Station | null;
  live(station_id: string): Station | null;
  /** What the map's own source holds for a station in view. */
  drawn(station_id: string): Record<string, unknown> | null;
  /** The clusters in view. */
  clusters(): Record<string, unknown>[];
  /** Where a train is drawn now, [lon, lat]. */
  train(vehicle_id: string): [number, number] | null;
  /** Where a station is drawn, in pixels of the window. */
  pixel(station_id: string): { x: number; y: number } | null;
}

declare global {
  interface Window {
    readonly wayside: TestHooks;
  }
}

export function expose_app(app: App): void {
  const hooks: TestHooks = {
    get stations() {
      return app.store.size;
    },
    get lastEventId() {
      return app.feed.last_event_id;
    },
    get lastUpdate() {
      return app.last_update_ms;
    },
    get settled() {
      return app.settled;
    },
    get firstPicture() {
      return app.first_picture_ms;
    },
    get past() {
      return app.past_ms;
    },
    station: (id) => structuredClone(app.store.get(id) ?? null),
    live: (id) => structuredClone(app.live.get(id) ?? null),
    drawn(id) {
      const station = app.store.get(id);
      return station === undefined || app.view === null ? null : app.view.drawn(station);
    },
    clusters: () => app.view?.clusters() ?? [],
    train: (vehicle_id) => app.trains?.position(vehicle_id) ?? null,
    pixel(id) {
      const station = app.store.get(id);
      return app.view === null || station === undefined ? null : app.view.pixel([station.lon ?? 0, station.lat ?? 0]);
    },
  };
  Object.defineProperty(window, "wayside", { value: Object.freeze(hooks), writable: false });
}
