// The past of a station as a line, from the last hour to the last year: gaps are gaps, late data fills in, a typical day stands behind
// an hour or a day. From a week on it draws means of hours or days, which central has ready.
import uPlot from "uplot";
import { series_of_aggregates, type Aggregate } from "../model/aggregates";
import { joined, series_of, typical_day, type Reading, type Series } from "../model/history";
import { label_of, text_of } from "../model/fields";
import type { Station } from "../model/station";
import { converted } from "../model/units";
import { fetch_aggregates, fetch_readings } from "../net/history";
import { h, set_text } from "../dom";
import { on_palette_change, read_palette } from "../map/palette";

const kHour_s = 3600;
const kDay_s = 24 * kHour_s;
/** `bucket`: from a week on hours or days are drawn, not single readings. */
const kRanges: Record<string, { title: string; seconds: number; bucket?: "hour" | "day" }> = {
  hour: { title: "Hour", seconds: kHour_s },
  day: { title: "Day", seconds: kDay_s },
  week: { title: "Week", seconds: 7 * kDay_s, bucket: "hour" },
  month: { title: "Month", seconds: 30 * kDay_s, bucket: "hour" },
  year: { title: "Year", seconds: 365 * kDay_s, bucket: "day" },
};
type Range = string;
const chart_range = (name: Range) => kRanges[name] ?? { title: "Day", seconds: kDay_s };
const width_s = (bucket: "hour" | "day") => (bucket === "hour" ? kHour_s : kDay_s);

/** Late data is looked for so often. */
const kAgainMs = 60_000;
const kHeight = 150;
const kIntervalDefault_s = 300;

/** Which fields of a stream are worth a line, first the one that is shown. */
const kFields: Record<string, string[]> = {
  bike_status: ["num_bikes_available", "num_docks_available", "num_ebikes_available"],
  weather: ["air_temperature_C", "wind_speed_m_s", "relative_humidity_pct", "air_pressure_at_mean_sea_level_hPa", "precipitation_total_mm"],
  turnstile: ["entries_total", "exits_total"],
};

const unit_of = (field: string) => /_(C|m_s|hPa)$/.exec(field)?.[1] ?? "";
const kUnitNames: Record<string, string> = { C: "°C", m_s: "m/s", hPa: "hPa" };

export class HistoryChart {
  readonly element: HTMLElement;
  private readonly plot_ = h("div", { class: "plot", "data-testid": "chart" });
  private readonly words_ = h("p", { class: "note", "data-testid": "chart-words", role: "status" });
  private readonly field_ = h("select", { "aria-label": "What the chart shows", "data-testid": "chart-field" });
  private readonly buttons_ = new Map<Range, HTMLButtonElement>();
  private readonly stream_: string;
  private chart_: uPlot | null = null;
  private range_: Range = "day";
  private readings_: Reading[] = [];
  /** Of a range from a week on, and of the week that the typical day comes from. */
  private buckets_: Aggregate[] = [];
  private week_: Aggregate[] | null = null;
  private timer_: number | undefined;
  private closed_ = false;
  private asked_ms_: number;
  private span_: [number, number] = [0, 1];
  /** What the chart was made for; another one is needed when that changes. */
  private drawn_ = "";
  private interval_s_ = kIntervalDefault_s;

  /** Null for a station without anything to draw. */
  static of(station: Station, now_ms: () => number): HistoryChart | null {
    const stream = Object.keys(kFields).find((name) => station.streams[name] !== undefined);
    return stream === undefined ? null : new HistoryChart(station, stream, now_ms);
  }

  private constructor(
    private readonly station: Station,
    stream: string,
    private readonly now_ms: () => number,
  ) {
    this.stream_ = stream;
    this.asked_ms_ = now_ms();
    for (const [range, { title }] of Object.entries(kRanges)) {
      const button = h("button", { type: "button", "aria-pressed": String(range === this.range_), "data-testid": `range-${range}` }, title);
      button.addEventListener("click", () => this.choose(range));
      this.buttons_.set(range, button);
    }
    for (const field of kFields[stream] ?? []) this.field_.append(h("option", { value: field }, this.title(field)));
    this.field_.addEventListener("change", () => this.draw());
    const bar = h("div", { class: "chart-bar" }, h("div", { class: "segments", role: "group", "aria-label": "History of" }, ...this.buttons_.values()), this.field_);
    this.element = h("section", { class: "history", "aria-label": "History" }, bar, this.plot_, this.words_);
    this.update(station);
    void this.load();
    on_palette_change(() => {
      this.drawn_ = "";
      if (!this.closed_) this.draw();
    });
  }

  private title(field: string): string {
    return field.endsWith("_total") ? `${label_of(field).replace(", counter", "")} per hour` : label_of(field);
  }

  /** A new reading of the stream: it goes to the end of the line. */
  update(station: Station): void {
    const stream = station.streams[this.stream_];
    if (stream === undefined) return;
    if (Math.abs(this.now_ms() - this.asked_ms_) > 2 * kAgainMs) void this.load(); // another time is shown
    this.interval_s_ = stream.report_interval_s ?? kIntervalDefault_s;
    if (stream.observed_at === null || this.readings_.some((reading) => reading.observed_at === stream.observed_at)) return;
    this.readings_.push({ observed_at: stream.observed_at, values: stream.values });
    if (this.chart_ !== null) this.draw();
  }

  close(): void {
    this.closed_ = true;
    window.clearTimeout(this.timer_);
    this.chart_?.destroy();
    this.chart_ = null;
  }

  private choose(range: Range): void {
    this.range_ = range;
    for (const [name, button] of this.buttons_) button.setAttribute("aria-pressed", String(name === range));
    void this.load();
  }

  /** Asks for the range, and once for the week behind it, which the typical day comes from. */
  private async load(): Promise<void> {
    window.clearTimeout(this.timer_);
    const range = this.range_;
    const { seconds, bucket } = chart_range(range);
    const until_ms = this.now_ms();
    this.asked_ms_ = until_ms;
    const since_ms = until_ms - seconds * 1000;
    const buckets = (width: "hour" | "day", since: number) => fetch_aggregates(this.station.station_id, this.stream_, width, since, until_ms + 1000);
    try {
      const readings = bucket === undefined ? await fetch_readings(this.station.station_id, this.stream_, since_ms, until_ms + 1000) : this.readings_;
      const rows = bucket === undefined ? this.buckets_ : await buckets(bucket, since_ms);
      if (this.closed_ || range !== this.range_) return;
      [this.readings_, this.buckets_] = [readings, rows];
      this.draw();
      if (this.week_ === null) {
        this.week_ = range === "week" ? rows : await buckets("hour", until_ms - 7 * kDay_s * 1000);
        if (this.closed_) return;
        this.draw();
      }
    } catch (error) {
      set_text(this.words_, `No history: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!this.closed_) this.timer_ = window.setTimeout(() => void this.load(), kAgainMs);
  }

  private shown(series: Series, field: string): Series {
    const unit = kUnitNames[unit_of(field)] ?? "";
    return { x: series.x, y: series.y.map((value) => (value === null ? null : converted(value, unit, undefined).value)) };
  }

  private draw(): void {
    const field = this.field_.value;
    const until_s = this.now_ms() / 1000;
    const { seconds, bucket } = chart_range(this.range_);
    const since_s = until_s - seconds;
    const series = bucket === undefined ? series_of(this.readings_, field, this.interval_s_) : series_of_aggregates(this.buckets_, field, width_s(bucket));
    const line = this.shown(series, field);
    const week = series_of_aggregates(this.week_ ?? [], field, kHour_s);
    const usual = bucket === undefined ? this.shown(typical_day(week, since_s, until_s, kHour_s), field) : { x: [], y: [] };
    this.say(line, usual, field);
    const data = joined([line, usual]) as unknown as uPlot.AlignedData;
    const has_usual = usual.y.some((value) => value !== null);
    this.span_ = [since_s, until_s];
    const key = `${field} ${this.range_} ${has_usual} ${this.plot_.clientWidth}`;
    if (this.chart_ !== null && key === this.drawn_) return this.chart_.setData(data);
    this.chart_?.destroy();
    this.drawn_ = key;
    this.chart_ = new uPlot(this.options(field, has_usual), data, this.plot_);
  }

  /** The chart in words: for screen readers, and for whoever wants the numbers. */
  private say(line: Series, usual: Series, field: string): void {
    const values = line.y.filter((value): value is number => value !== null);
    const gaps = line.y.length - values.length;
    if (values.length === 0) return set_text(this.words_, `No readings in the last ${this.range_}.`);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const number = (value: number) => String(Number(value.toFixed(1)));
    const now_usual = usual.y.filter((value) => value !== null).pop();
    const typical = now_usual === undefined || now_usual === null ? "" : ` Usual at this time: ${number(now_usual)}.`;
    const gap_words = gaps > 0 ? `, ${gaps} gap${gaps === 1 ? "" : "s"} without readings` : "";
    set_text(this.words_, `${this.title(field)}, last ${this.range_}: ${number(least)} to ${number(most)}${gap_words}.${typical}`);
  }

  private tick_words(at_s: number): string {
    const seconds = chart_range(this.range_).seconds;
    if (seconds > 7 * kDay_s) return new Intl.DateTimeFormat(undefined, seconds > 60 * kDay_s ? { month: "short" } : { day: "numeric", month: "short" }).format(at_s * 1000);
    const format: Intl.DateTimeFormatOptions = this.range_ === "week" ? { weekday: "short" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(undefined, format).format(at_s * 1000);
  }

  private options(field: string, has_usual: boolean): uPlot.Options {
    const palette = read_palette();
    const axis: uPlot.Axis = { stroke: palette.muted, grid: { stroke: palette.line, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const is_count = field.startsWith("num_");
    return {
      width: Math.max(260, this.plot_.clientWidth || 330),
      height: kHeight,
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { show: false },
      scales: { x: { time: true, range: () => this.span_ }, y: { range: (_, low, high) => (is_count || field.endsWith("_total") ? [0, Math.max(high ?? 0, 4)] : [(low ?? 0) - 1, (high ?? 0) + 1]) } },
      axes: [{ ...axis, size: 24, values: (_, splits) => splits.map((at) => this.tick_words(at)) }, { ...axis, size: 38 }],
      series: [
        {},
        { label: this.title(field), stroke: palette.focus, width: 2, fill: `${palette.focus}22`, spanGaps: false, points: { show: false }, ...(is_count && stepped ? { paths: stepped } : {}), value: (_, value) => (value === null ? "–" : text_of(field, value)) },
        { label: "Typical", stroke: palette.muted, width: 1.5, dash: [4, 4], spanGaps: true, points: { show: false }, show: has_usual },
      ],
    };
  }
}
