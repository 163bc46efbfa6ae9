// While central cannot be asked nobody tells that a station has gone late or silent: the page judges by age itself, with
// central's own rule, so that nothing old is drawn as live. When central is back, what it last said holds again.
import { time_ms } from "./age";
import type { Delta, State, Station } from "./station";
import type { Store } from "./store";

const kInterval_s = 300;
const kLateIntervals = 2;
const kSilentIntervals = 5;

/** The state that age alone makes of a live or late station; any other stays. */
export function aged_state(station: Station, now_ms: number): State {
  if (station.state !== "live" && station.state !== "late") return station.state;
  const ages = Object.values(station.streams).map((stream) => (now_ms - (time_ms(stream.observed_at) ?? now_ms)) / 1000 / (stream.report_interval_s ?? kInterval_s));
  const worst = Math.max(0, ...ages);
  if (worst > kSilentIntervals) return "silent";
  return worst > kLateIntervals ? "late" : station.state;
}

export class Aging {
  /** Aged rows of ours by id, with what central said. */
  private readonly said_ = new Map<string, { aged: Station; said: Station }>();

  /** `store` gives the picture of the present. */
  constructor(private readonly store: () => Store) {}

  /** What has crossed a limit by now. */
  pass(now_ms: number): Delta {
    const stations: Station[] = [];
    for (const station of this.store().all()) {
      const state = aged_state(station, now_ms);
      if (state === station.state) continue;
      const aged = { ...station, state };
      this.said_.set(station.station_id, { aged, said: this.said_.get(station.station_id)?.said ?? station });
      stations.push(aged);
    }
    return { generated_at: "", stations, removed: [] };
  }

  /** Central is back: what it said, of stations it has not spoken of since. */
  restore(): Delta {
    const stations = [...this.said_.values()].filter(({ aged }) => this.store().get(aged.station_id) === aged).map(({ said }) => said);
    this.said_.clear();
    return { generated_at: "", stations, removed: [] };
  }
}
