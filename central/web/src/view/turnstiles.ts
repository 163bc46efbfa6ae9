// How many people have come in today, per station, with the day's curve. Asks for the readings of the stations on show, one
// after the other, and again every few minutes.
import { counted, series_of, type Reading } from "../model/history";
import { fetch_readings } from "../net/history";
import { set_attribute, set_text, h } from "../dom";

const kAgainMs = 120_000;
const kWidth = 64;
const kHeight = 20;
const kInterval_s = 300;
const kSvg = "http://www.w3.org/2000/svg";

interface Today {
  entries: number;
  /** People per hour, in steps of 15 minutes. */
  rates: (number | null)[];
}

export class Turnstiles {
  private wanted_: string[] = [];
  private readonly known_ = new Map<string, Today>();
  private readonly cells_ = new Map<string, HTMLElement>();
  private running_ = false;

  constructor(private readonly now_ms: () => number) {}

  /** From now on these; the ones before are forgotten. */
  watch(station_ids: string[]): void {
    this.wanted_ = station_ids;
    if (!this.running_) void this.run();
  }

  stop(): void {
    this.wanted_ = [];
  }

  /** Puts what is known of a station into its cell, now and whenever it is known anew. */
  show(station_id: string, cell: HTMLElement): void {
    this.cells_.set(station_id, cell);
    this.draw(station_id);
  }

  private async run(): Promise<void> {
    this.running_ = true;
    while (this.wanted_.length > 0) {
      const begun = performance.now();
      for (const id of this.wanted_) {
        if (!this.wanted_.includes(id)) continue; // another line is on show by now
        try {
          this.known_.set(id, today_of(await fetch_readings(id, "turnstile", midnight_ms(this.now_ms()), this.now_ms())));
          this.draw(id);
        } catch {
          // the cell stays as it is; the next round asks again
        }
      }
      const fresh = new Set(this.wanted_);
      while (performance.now() - begun < kAgainMs && this.wanted_.length > 0 && this.wanted_.every((id) => fresh.has(id))) await new Promise((resolve) => window.setTimeout(resolve, 500));
    }
    this.running_ = false;
  }

  private draw(station_id: string): void {
    const cell = this.cells_.get(station_id);
    const today = this.known_.get(station_id);
    if (cell === undefined) return;
    if (today === undefined) return set_text(cell, "");
    if (cell.firstElementChild === null || cell.dataset.of !== station_id) {
      cell.dataset.of = station_id;
      cell.replaceChildren(h("b"), curve());
    }
    const count = new Intl.NumberFormat().format(today.entries);
    if (cell.firstElementChild !== null) set_text(cell.firstElementChild, count);
    draw_curve(cell.querySelector("svg"), today.rates);
  }
}

/** Midnight in the reader's zone. */
function midnight_ms(now_ms: number): number {
  return new Date(now_ms).setHours(0, 0, 0, 0);
}

export function today_of(readings: readonly Reading[]): Today {
  const { y } = series_of(readings, "entries_total", kInterval_s);
  return { entries: counted(readings, "entries_total"), rates: y };
}

function curve(): SVGSVGElement {
  const svg = document.createElementNS(kSvg, "svg") as SVGSVGElement;
  set_attribute(svg, "viewBox", `0 0 ${kWidth} ${kHeight}`);
  set_attribute(svg, "aria-hidden", "true");
  svg.append(document.createElementNS(kSvg, "polyline"));
  return svg;
}

function draw_curve(svg: SVGSVGElement | null, rates: readonly (number | null)[]): void {
  const most = Math.max(1, ...rates.map((rate) => rate ?? 0));
  const step = kWidth / 96; // a whole day's width: the curve grows with the day
  const points = rates.map((rate, at) => `${(at * step).toFixed(1)},${(kHeight - 1 - ((rate ?? 0) / most) * (kHeight - 3)).toFixed(1)}`);
  const line = svg?.firstElementChild;
  if (line) set_attribute(line, "points", points.join(" "));
}
