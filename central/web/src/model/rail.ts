// Lines and trains, worked out from what the rail stations report. A station's newest `arrival` says which train came, on
// which line, in which direction and from where; `stop_sequence` is the station's place along the line.
//
// Where a train is between two stations nobody reports: it is estimated from how long such trips have taken, and never put
// beyond the next station before that one has reported it.
import { time_ms } from "./age";
import { position, type Station } from "./station";

export type TrainStatus = "in_service" | "out_of_service" | "broken_down";

export interface Train {
  vehicle_id: string;
  route_id: string;
  direction_id: string;
  status: TrainStatus;
  /** Where it was seen last, and when. */
  station_id: string;
  at_ms: number;
  prev_station_id: string | null;
}

export interface Line {
  route_id: string;
  /** Station ids in order along the line. */
  stops: string[];
}

/** Not heard of for so long: it is on no line any more. */
const kTrainGoneMs = 45 * 60_000;
const kTripMsDefault = 120_000;
/** A train waits so long in a station before it is taken to have left. */
export const kDwellMs = 15_000;
/** How far towards the next station an unreported train may be drawn. */
const kFarthest = 0.9;

export class RailModel {
  private readonly trains_ = new Map<string, Train>();
  /** route → station → place along it, where somebody says so. */
  private readonly places_ = new Map<string, Map<string, number>>();
  /** route → station → its neighbours, as trains have gone. */
  private readonly neighbours_ = new Map<string, Map<string, Set<string>>>();
  private lines_: { version: number; lines: Line[] } = { version: -1, lines: [] };
  /** route and direction → +1 or -1 along the places. */
  private readonly signs_ = new Map<string, number>();
  private readonly trip_ms_ = new Map<string, number>();
  private version_ = 0;

  /** Grows with every change of the lines themselves. */
  get version(): number {
    return this.version_;
  }

  /** Takes what a rail station reports. True when a train is new or has moved. */
  observe(station: Station): boolean {
    for (const [route_id, place] of Object.entries(station.line_places)) this.place(route_id, station.station_id, place);
    const arrival = station.streams.arrival;
    const { vehicle_id, route_id, direction_id, vehicle_status, prev_station_id, stop_sequence } = arrival?.values ?? {};
    const at_ms = time_ms(arrival?.observed_at);
    if (typeof route_id !== "string" || at_ms === null) return false;
    if (typeof stop_sequence === "number") this.place(route_id, station.station_id, stop_sequence);
    if (typeof vehicle_id !== "string") return false;
    const known = this.trains_.get(vehicle_id);
    if (known !== undefined && known.at_ms > at_ms) return false;
    if (known?.at_ms === at_ms && known.station_id === station.station_id) return false;
    const train: Train = {
      vehicle_id,
      route_id,
      direction_id: typeof direction_id === "string" ? direction_id : "",
      status: vehicle_status === "out_of_service" || vehicle_status === "broken_down" ? vehicle_status : "in_service",
      station_id: station.station_id,
      at_ms,
      prev_station_id: typeof prev_station_id === "string" ? prev_station_id : null,
    };
    this.learn(known, train);
    this.trains_.set(vehicle_id, train);
    return true;
  }

  clear(): void {
    for (const known of [this.trains_, this.places_, this.neighbours_, this.signs_]) known.clear();
    this.version_ += 1;
  }

  /** Another time is shown: the trains are elsewhere, the lines are the same. */
  clear_trains(): void {
    this.trains_.clear();
  }

  forget(station_id: string): void {
    for (const places of this.places_.values()) if (places.delete(station_id)) this.version_ += 1;
    for (const stations of this.neighbours_.values()) {
      if (!stations.delete(station_id)) continue;
      for (const others of stations.values()) others.delete(station_id);
      this.version_ += 1;
    }
    for (const [id, train] of this.trains_) if (train.station_id === station_id) this.trains_.delete(id);
  }

  /** By name. The order of a line's stations is what they say of it, else how trains have gone. */
  lines(): readonly Line[] {
    if (this.lines_.version === this.version_) return this.lines_.lines;
    const routes = [...new Set([...this.places_.keys(), ...this.neighbours_.keys()])].sort();
    const lines = routes.map((route_id) => ({ route_id, stops: this.stops_of(route_id) })).filter((line) => line.stops.length > 0);
    this.lines_ = { version: this.version_, lines };
    return lines;
  }

  private stops_of(route_id: string): string[] {
    const places = this.places_.get(route_id) ?? new Map<string, number>();
    const neighbours = this.neighbours_.get(route_id) ?? new Map<string, Set<string>>();
    if (places.size < 2 || places.size < neighbours.size) return chain(neighbours);
    return [...places.entries()].sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0])).map(([id]) => id);
  }

  /** Those heard of in the last 45 minutes. */
  trains(now_ms: number): Train[] {
    return [...this.trains_.values()].filter((train) => now_ms - train.at_ms < kTrainGoneMs);
  }

  /** The next stop of its line in its direction; null at the end, or where the direction is not known yet. */
  next_stop(train: Train): string | null {
    const stops = this.lines().find((line) => line.route_id === train.route_id)?.stops ?? [];
    const here = stops.indexOf(train.station_id);
    const before = train.prev_station_id === null ? -1 : stops.indexOf(train.prev_station_id);
    const sign = before >= 0 && before !== here ? Math.sign(here - before) : (this.signs_.get(`${train.route_id} ${train.direction_id}`) ?? 0);
    return here < 0 || sign === 0 ? null : (stops[here + sign] ?? null);
  }

  /** The directions of a line, each with the station at its end; the end is null where no train has shown the way yet. */
  directions(route_id: string): { direction_id: string; end: string | null }[] {
    const stops = this.lines().find((line) => line.route_id === route_id)?.stops ?? [];
    const known = [...this.signs_.keys()].filter((key) => key.startsWith(`${route_id} `)).map((key) => key.slice(route_id.length + 1));
    const seen = [...this.trains_.values()].filter((train) => train.route_id === route_id).map((train) => train.direction_id);
    const ids = [...new Set([...known, ...seen])].sort();
    return ids.map((direction_id) => {
      const sign = this.signs_.get(`${route_id} ${direction_id}`) ?? 0;
      return { direction_id, end: (sign > 0 ? stops[stops.length - 1] : sign < 0 ? stops[0] : null) ?? null };
    });
  }

  /** Share of the way to the next stop, 0 to 0.9: an estimate. */
  progress(train: Train, next: string, now_ms: number): number {
    if (train.status !== "in_service") return 0;
    const trip_ms = this.trip_ms_.get(trip_key(train.route_id, train.station_id, next)) ?? kTripMsDefault;
    const moving_ms = Math.max(1000, trip_ms - Math.min(kDwellMs, trip_ms / 4));
    const since_ms = now_ms - train.at_ms - (trip_ms - moving_ms);
    return Math.max(0, Math.min(kFarthest, since_ms / moving_ms));
  }

  private place(route_id: string, station_id: string, place: number): void {
    const places = this.places_.get(route_id) ?? new Map<string, number>();
    if (places.get(station_id) === place) return;
    this.places_.set(route_id, places.set(station_id, place));
    this.version_ += 1;
  }

  private join(route_id: string, a: string, b: string): void {
    const stations = this.neighbours_.get(route_id) ?? new Map<string, Set<string>>();
    this.neighbours_.set(route_id, stations);
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const known = stations.get(from) ?? new Set<string>();
      stations.set(from, known);
      if (known.has(to)) continue;
      known.add(to);
      this.version_ += 1;
    }
  }

  private learn(known: Train | undefined, train: Train): void {
    const from = train.prev_station_id;
    if (from === null || from === train.station_id) return;
    this.join(train.route_id, from, train.station_id);
    const stops = this.lines().find((line) => line.route_id === train.route_id)?.stops ?? [];
    const [before, here] = [stops.indexOf(from), stops.indexOf(train.station_id)];
    if (before >= 0 && here >= 0) {
      this.signs_.set(`${train.route_id} ${train.direction_id}`, Math.sign(here - before));
      const other = train.direction_id === "a" ? "b" : train.direction_id === "b" ? "a" : null;
      const key = `${train.route_id} ${other}`;
      if (other !== null && !this.signs_.has(key)) this.signs_.set(key, Math.sign(before - here));
    }
    if (known?.station_id !== from || known.route_id !== train.route_id) return;
    const key = trip_key(train.route_id, from, train.station_id);
    const took_ms = train.at_ms - known.at_ms;
    if (took_ms <= 0 || took_ms > kTrainGoneMs) return;
    const before_ms = this.trip_ms_.get(key);
    this.trip_ms_.set(key, before_ms === undefined ? took_ms : before_ms * 0.7 + took_ms * 0.3);
  }
}

/** Stations from one end of a line to the other, by who is next to whom; a piece not yet joined follows behind. */
function chain(neighbours: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const ids = [...neighbours.keys()].sort();
  const ends_first = [...ids.filter((id) => (neighbours.get(id)?.size ?? 0) < 2), ...ids];
  for (const end of ends_first) {
    for (let at: string | undefined = end; at !== undefined && !seen.has(at); ) {
      seen.add(at);
      order.push(at);
      at = [...(neighbours.get(at) ?? [])].find((id) => !seen.has(id));
    }
  }
  return order;
}

const trip_key = (route_id: string, from: string, to: string) => `${route_id} ${from} ${to}`;

/** Where a train is drawn: [lon, lat], or null when its station has no place. */
export function train_position(rail: RailModel, train: Train, station_of: (id: string) => Station | undefined, now_ms: number, still: boolean): [number, number] | null {
  const from = place_of(station_of(train.station_id));
  if (from === null || still) return from;
  const next = rail.next_stop(train);
  const to = next === null ? null : place_of(station_of(next));
  if (next === null || to === null) return from;
  const share = rail.progress(train, next, now_ms);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

const place_of = (station: Station | undefined) => (station === undefined ? null : position(station));
