// Pictures of the past, minute by minute. Those asked for last are kept for a moment, so that going to and fro asks nobody twice,
// and what comes next can be asked for ahead.
import { parse_stations } from "../model/parse";
import { moment_text } from "../model/moment";
import type { Station } from "../model/station";
import { get } from "./client";

const kKeptMost = 12;
/** Late readings change the past. */
const kKeptMs = 60_000;

interface Kept {
  asked_ms: number;
  stations: Promise<Station[]>;
}

async function ask(at_ms: number): Promise<Station[]> {
  const answer = await get("/api/v1/picture", { query: { at: new Date(at_ms).toISOString() } });
  return parse_stations(answer.stations);
}

export class PastPictures {
  private readonly kept_ = new Map<string, Kept>();

  /** Rejects with the server's own words. */
  get(at_ms: number): Promise<Station[]> {
    const key = moment_text(at_ms);
    const known = this.kept_.get(key);
    this.kept_.delete(key);
    const kept = known !== undefined && performance.now() - known.asked_ms < kKeptMs ? known : { asked_ms: performance.now(), stations: ask(at_ms) };
    this.kept_.set(key, kept); // behind the others: used last
    kept.stations.catch(() => this.kept_.get(key) === kept && this.kept_.delete(key));
    for (const oldest of [...this.kept_.keys()].slice(0, -kKeptMost)) this.kept_.delete(oldest);
    return kept.stations;
  }
}
