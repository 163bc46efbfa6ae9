// A station's history as lines for a chart: gaps stay gaps, counters become what happened per hour, and a typical day is
// worked out from the days before.
import { time_ms } from "./age";
import type { Reading } from "./api_types";

export type { Reading };

/** Seconds since 1970 beside values; null breaks the line. */
export interface Series {
  x: number[];
  y: (number | null)[];
}

/** So many report intervals without a reading are a gap: as late as "late". */
const kGapIntervals = 2;
/** Rates of a counter are summed up over so long. */
const kBucket_s = 900;

/** The line of one field, oldest first. Readings may come in any order and more than once. */
export function series_of(readings: readonly Reading[], field: string, interval_s: number): Series {
  const points = points_of(readings, field);
  return field.endsWith("_total") || field.endsWith("_total_mm") ? rate_series(points, readings, interval_s) : with_gaps(points, interval_s);
}

type Point = [number, number];

function points_of(readings: readonly Reading[], field: string): Point[] {
  const by_time = new Map<number, number>();
  for (const { observed_at, values } of readings) {
    const at_ms = time_ms(observed_at);
    const value = values[field];
    if (at_ms !== null && typeof value === "number" && Number.isFinite(value)) by_time.set(at_ms / 1000, value);
  }
  return [...by_time.entries()].sort((a, b) => a[0] - b[0]);
}

function with_gaps(points: readonly Point[], interval_s: number): Series {
  const series: Series = { x: [], y: [] };
  let before: number | null = null;
  for (const [x, y] of points) {
    if (before !== null && x - before > kGapIntervals * interval_s) {
      series.x.push(before + interval_s);
      series.y.push(null);
    }
    series.x.push(x);
    series.y.push(y);
    before = x;
  }
  return series;
}

/** What was counted per hour, in steps of 15 minutes. A counter that begins anew counts from there. */
function rate_series(points: readonly Point[], readings: readonly Reading[], interval_s: number): Series {
  const counter_at = new Map(readings.map(({ observed_at, values }) => [(time_ms(observed_at) ?? 0) / 1000, String(values.counter_id ?? "")]));
  const buckets = new Map<number, number>();
  let before: Point | undefined;
  for (const point of points) {
    // What was counted across a gap has no time of its own.
    if (before !== undefined && point[0] - before[0] <= kGapIntervals * interval_s && counter_at.get(before[0]) === counter_at.get(point[0]) && point[1] >= before[1]) {
      const bucket = Math.floor(point[0] / kBucket_s) * kBucket_s;
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + (point[1] - before[1]));
    }
    before = point;
  }
  const rates = [...buckets.entries()].sort((a, b) => a[0] - b[0]).map(([at, count]): Point => [at, (count * 3600) / kBucket_s]);
  return with_gaps(rates, Math.max(interval_s, kBucket_s));
}

/** What a counter has counted in all, gaps included; one that begins anew counts from there. */
export function counted(readings: readonly Reading[], field: string): number {
  const points = [...readings].sort((a, b) => a.observed_at.localeCompare(b.observed_at)).filter(({ values }) => typeof values[field] === "number");
  let total = 0;
  points.forEach(({ values }, at) => {
    const before = points[at - 1]?.values;
    if (before !== undefined && before.counter_id === values.counter_id) total += Math.max(0, Number(values[field]) - Number(before[field]));
  });
  return total;
}

const kDay_s = 86_400;
/** A time of day is typical when so many days tell it. */
const kDaysLeast = 2;

/**
 * What is usual at each time of day, drawn for [since_s, until_s] in steps of `step_s`: the mean of the days before `until_s`'s
 * own, each taken at the same time of day. Null where too few days tell.
 */
export function typical_day(series: Series, since_s: number, until_s: number, interval_s: number, step_s = 900): Series {
  const day_of = (x: number) => Math.floor((until_s - x) / kDay_s);
  const slots = new Map<number, Map<number, number>>(); // time of day → day → value
  series.x.forEach((x, at) => {
    const value = series.y[at];
    const next = series.x[at + 1] ?? x + interval_s;
    if (value === null || value === undefined || day_of(x) < 1) return;
    // A reading holds until the next one.
    for (let slot = Math.ceil(x / step_s); slot * step_s < Math.min(next, x + kGapIntervals * interval_s); slot += 1) {
      const time = slot % (kDay_s / step_s);
      slots.set(time, (slots.get(time) ?? new Map<number, number>()).set(day_of(x), value));
    }
  });
  const typical: Series = { x: [], y: [] };
  for (let x = Math.ceil(since_s / step_s) * step_s; x <= until_s; x += step_s) {
    const days = [...(slots.get((x / step_s) % (kDay_s / step_s))?.values() ?? [])];
    typical.x.push(x);
    typical.y.push(days.length < kDaysLeast ? null : days.reduce((sum, value) => sum + value, 0) / days.length);
  }
  return typical;
}

/** Several lines over one x axis, as a chart wants them: missing points are undefined (joined over), gaps null. */
export function joined(series: readonly Series[]): [number[], ...(number | null | undefined)[][]] {
  const x = [...new Set(series.flatMap((one) => one.x))].sort((a, b) => a - b);
  const at = new Map(x.map((value, index) => [value, index]));
  const columns = series.map((one) => {
    const column: (number | null | undefined)[] = new Array<undefined>(x.length).fill(undefined);
    one.x.forEach((value, index) => (column[at.get(value) ?? 0] = one.y[index]));
    // A gap is a gap up to the next point, also where only another line has points.
    column.forEach((value, index) => value === undefined && index > 0 && column[index - 1] === null && (column[index] = null));
    return column;
  });
  return [x, ...columns];
}
