// A station's figures per hour or day as lines for a chart: what single readings are too many for.
import { time_ms } from "./age";
import type { Series } from "./history";

export interface Aggregate {
  start: string;
  [figure: string]: unknown;
}

/** What a bucket counts, by the counter whose differences it sums up. */
const kCounted: Record<string, string> = { entries_total: "entries", exits_total: "exits", precipitation_total_mm: "precipitation_mm" };

/** The line of one field: its mean in each bucket, or what was counted per hour. A bucket of which nothing is known is a gap. */
export function series_of_aggregates(rows: readonly Aggregate[], field: string, width_s: number): Series {
  const counted = kCounted[field];
  const series: Series = { x: [], y: [] };
  for (const row of rows) {
    const start_ms = time_ms(row.start);
    const value = row[counted ?? `${field}_mean`];
    if (start_ms === null) continue;
    const x = start_ms / 1000;
    const before = series.x[series.x.length - 1];
    if (before !== undefined && x - before > width_s * 1.5) add(series, before + width_s, null);
    add(series, x, typeof value !== "number" ? null : counted === undefined ? value : (value * 3600) / width_s);
  }
  return series;
}

function add(series: Series, x: number, y: number | null): void {
  series.x.push(x);
  series.y.push(y);
}
