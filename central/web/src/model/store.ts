// The picture the page holds: every station's latest row, with counts kept up to date. Events go in,
// a Change comes out that says what the views have to touch.
import { kStates, type Delta, type Snapshot, type State, type Station } from "./station";

export interface Change {
  /** True after a snapshot: everything may differ. */
  all: boolean;
  changed: Set<string>;
  removed: Set<string>;
}

export type StateCounts = Record<State, number>;

export class Store {
  private stations_ = new Map<string, Station>();
  private counts_ = no_counts();

  get size(): number {
    return this.stations_.size;
  }

  get counts(): Readonly<StateCounts> {
    return this.counts_;
  }

  get(station_id: string): Station | undefined {
    return this.stations_.get(station_id);
  }

  all(): IterableIterator<Station> {
    return this.stations_.values();
  }

  /** Replaces the picture: a snapshot is complete, so stations it lacks are gone. */
  apply_snapshot(snapshot: Snapshot): Change {
    const before = this.stations_;
    this.stations_ = new Map();
    this.counts_ = no_counts();
    for (const station of snapshot.stations) this.put(station);
    const removed = new Set([...before.keys()].filter((id) => !this.stations_.has(id)));
    return { all: true, changed: new Set(this.stations_.keys()), removed };
  }

  /** Applying the same delta twice changes nothing: rows are whole, not differences. */
  apply_delta(delta: Delta): Change {
    const change: Change = { all: false, changed: new Set(), removed: new Set() };
    for (const station_id of delta.removed) {
      if (!this.drop(station_id)) continue;
      change.removed.add(station_id);
    }
    for (const station of delta.stations) {
      this.put(station);
      change.changed.add(station.station_id);
      change.removed.delete(station.station_id);
    }
    return change;
  }

  private put(station: Station): void {
    this.drop(station.station_id);
    this.stations_.set(station.station_id, station);
    this.counts_[station.state] += 1;
  }

  private drop(station_id: string): boolean {
    const old = this.stations_.get(station_id);
    if (old === undefined) return false;
    this.counts_[old.state] -= 1;
    return this.stations_.delete(station_id);
  }
}

/** What makes one picture of another: rows that `differs` says, and those that are gone. */
export function difference(before: Store, after: readonly Station[], differs: (a: Station, b: Station) => boolean): Delta {
  const kept = new Set(after.map((station) => station.station_id));
  const stations = after.filter((station) => {
    const old = before.get(station.station_id);
    return old === undefined || differs(old, station);
  });
  return { generated_at: "", stations, removed: [...before.all()].map((station) => station.station_id).filter((id) => !kept.has(id)) };
}

/** Two changes in a row as one, so that views can be updated less often than events arrive. */
export function merge_changes(first: Change, second: Change): Change {
  if (second.all) return { ...second, removed: new Set([...first.removed, ...second.removed].filter((id) => !second.changed.has(id))) };
  const changed = new Set(first.changed);
  const removed = new Set(first.removed);
  for (const id of second.removed) {
    changed.delete(id);
    removed.add(id);
  }
  for (const id of second.changed) {
    removed.delete(id);
    changed.add(id);
  }
  return { all: first.all, changed, removed };
}

function no_counts(): StateCounts {
  return Object.fromEntries(kStates.map((state) => [state, 0])) as StateCounts;
}
