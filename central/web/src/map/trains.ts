// Trains on the map, as elements above it: they move every frame, and moving them must not draw the map anew.
import { Marker, type Map as MapLibre } from "maplibre-gl";
import { line_colour } from "../model/line_colour";
import { train_position, type RailModel, type Train } from "../model/rail";
import type { Station } from "../model/station";
import { h, set_attribute, set_text } from "../dom";

/** A moving train is placed so often. */
const kFrameMs = 50;
const kStillFrameMs = 1000;
/** How fast a train is drawn to where it should be, when a report corrects the estimate (seconds). */
const kCatchUp_s = 0.5;

interface Drawn {
  marker: Marker;
  element: HTMLButtonElement;
  train: Train;
  at: [number, number];
}

const kStatusWords = { in_service: "in service", out_of_service: "out of service", broken_down: "broken down" };

export function train_words(train: Train, station_of: (id: string) => Station | undefined): string {
  const name = station_of(train.station_id)?.name ?? train.station_id;
  return `Train ${train.vehicle_id}, line ${train.route_id}, direction ${train.direction_id || "unknown"}, ${kStatusWords[train.status]}, last seen at ${name}`;
}

export class Trains {
  private readonly drawn_ = new Map<string, Drawn>();
  private readonly still_ = window.matchMedia("(prefers-reduced-motion: reduce)");
  private timer_: number | undefined;
  private last_ms_ = 0;
  private shown_ = true;

  /** `on_pick` gets the station where the clicked train was seen last. */
  constructor(
    private readonly map: MapLibre,
    private readonly rail: RailModel,
    private readonly station_of: (id: string) => Station | undefined,
    private readonly now_ms: () => number,
    private readonly on_pick: (station_id: string) => void,
  ) {}

  show(shown: boolean): void {
    this.shown_ = shown;
    this.update();
  }

  /** After a change of the trains: makes and removes elements, and starts or stops the clockwork. */
  update(): void {
    const trains = this.shown_ ? this.rail.trains(this.now_ms()) : [];
    const wanted = new Set(trains.map((train) => train.vehicle_id));
    for (const [id, { marker }] of this.drawn_) {
      if (wanted.has(id)) continue;
      marker.remove();
      this.drawn_.delete(id);
    }
    for (const train of trains) this.put(train);
    if (this.drawn_.size > 0 && this.timer_ === undefined) this.tick();
  }

  private put(train: Train): void {
    const at = train_position(this.rail, train, this.station_of, this.now_ms(), this.still_.matches);
    if (at === null) return;
    const drawn = this.drawn_.get(train.vehicle_id) ?? this.create(train, at);
    drawn.train = train;
    set_attribute(drawn.element, "data-line", line_colour(train.route_id));
    set_attribute(drawn.element, "data-status", train.status);
    set_attribute(drawn.element, "data-station", train.station_id);
    const words = train_words(train, this.station_of);
    set_attribute(drawn.element, "aria-label", words);
    set_attribute(drawn.element, "title", words);
    set_text(drawn.element, train.status === "broken_down" ? "!" : train.status === "out_of_service" ? "×" : "");
  }

  private create(train: Train, at: [number, number]): Drawn {
    const element = h("button", { type: "button", class: "train", tabindex: "-1", "data-train": train.vehicle_id });
    const marker = new Marker({ element }).setLngLat(at).addTo(this.map);
    const drawn: Drawn = { marker, element, train, at };
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.on_pick(drawn.train.station_id);
    });
    this.drawn_.set(train.vehicle_id, drawn);
    return drawn;
  }

  private tick(): void {
    const still = this.still_.matches;
    this.move(still);
    this.timer_ = undefined;
    if (this.drawn_.size === 0) return;
    this.timer_ = window.setTimeout(() => requestAnimationFrame(() => this.tick()), still ? kStillFrameMs : kFrameMs);
  }

  private move(still: boolean): void {
    const now = performance.now();
    const pull = still ? 1 : 1 - Math.exp(-Math.min(1, (now - this.last_ms_) / 1000) / kCatchUp_s);
    this.last_ms_ = now;
    const view = this.map.getBounds();
    for (const drawn of this.drawn_.values()) {
      const to = train_position(this.rail, drawn.train, this.station_of, this.now_ms(), still);
      if (to === null) continue;
      const at: [number, number] = [drawn.at[0] + (to[0] - drawn.at[0]) * pull, drawn.at[1] + (to[1] - drawn.at[1]) * pull];
      const moved = Math.abs(at[0] - drawn.at[0]) + Math.abs(at[1] - drawn.at[1]) > 1e-7;
      drawn.at = at;
      if (moved && view.contains(at)) drawn.marker.setLngLat(at);
      else if (moved) drawn.marker.setLngLat(to); // out of sight: no need to be smooth
    }
  }

  /** For tests: where a train is drawn now. */
  position(vehicle_id: string): [number, number] | null {
    return this.drawn_.get(vehicle_id)?.at ?? null;
  }
}
