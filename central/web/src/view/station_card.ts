// One station in words and figures. Built once, then updated in place, so that focus, selected text and scroll position
// survive every delta.
import { age_words, duration_words, time_ms } from "../model/age";
import { level_of } from "../model/availability";
import { day_words, hole_words, type StationLedger } from "../model/ledger";
import type { StationDetail } from "../net/api";
import { is_raining } from "../model/features";
import { compass_point, shown_values, text_of, type ShownValue } from "../model/fields";
import { kKindWords, kStateWords, type Station, type Stream } from "../model/station";
import { h, set_attribute, set_text } from "../dom";
import { paint_symbol } from "../map/symbols";
import { read_palette } from "../map/palette";
import { distance_words } from "../model/units";
import { time_words } from "../model/zone";
import { ForecastLine } from "./forecast_line";
import { HistoryChart } from "./history_chart";
import { KeyedRows, type Row } from "./keyed_rows";

/** Shown large, above the rest. */
const kHeadline = ["num_bikes_available", "num_docks_available", "air_temperature_C", "wind_speed_m_s"];

interface StreamValue extends ShownValue {
  raw: unknown;
}

/** What the card needs of the page round it. */
export interface CardContext {
  now_ms(): number;
  /** The nearest weather station that can be believed, with its distance; null when none is near. */
  weather_near(station: Station): { station: Station; distance_m: number } | null;
}

export class StationCard {
  readonly element: HTMLElement;
  private readonly symbol_ = h("canvas", { class: "symbol", "aria-hidden": "true" });
  private readonly kind_ = h("span", { "data-testid": "popup-kind" });
  private readonly name_ = h("h2", { "data-testid": "popup-name" });
  private readonly state_ = h("span", { class: "state", "data-testid": "popup-state" });
  private readonly age_ = h("time", { "data-testid": "popup-age" });
  private readonly time_ = h("p", { class: "note time", "data-testid": "popup-time" });
  private readonly note_ = h("p", { class: "note", "data-testid": "popup-note" });
  private readonly headline_ = h("dl", { class: "headline" });
  private readonly details_ = h("dl", { class: "details" });
  private readonly headline_rows_ = new KeyedRows<StreamValue>(this.headline_, (value) => value.field, value_row);
  private readonly detail_rows_ = new KeyedRows<StreamValue>(this.details_, (value) => value.field, value_row);
  private readonly ledger_ = h("p", { class: "note", "data-testid": "popup-ledger" });
  private readonly holes_ = h("ul", { class: "note holes", "data-testid": "popup-holes" });
  private readonly sky_ = h("p", { class: "note", "data-testid": "popup-weather" });
  private readonly chart_: HistoryChart | null;
  private readonly forecast_: ForecastLine | null;
  private station_: Station;

  constructor(
    station: Station,
    private readonly context: CardContext,
  ) {
    this.station_ = station;
    this.element = h(
      "article",
      { class: "card", "data-testid": "popup" },
      h("p", { class: "kind" }, this.symbol_, this.kind_),
      this.name_,
      h("p", { class: "age" }, this.state_, " ", this.age_),
      this.time_,
      this.note_,
      this.headline_,
      this.sky_,
      this.details_,
      this.ledger_,
      this.holes_,
    );
    this.ledger_.hidden = this.holes_.hidden = true;
    this.chart_ = HistoryChart.of(station, context.now_ms);
    if (this.chart_ !== null) this.sky_.after(this.chart_.element);
    this.forecast_ = station.streams.bike_status === undefined ? null : new ForecastLine(station.station_id);
    if (this.forecast_ !== null) this.headline_.after(this.forecast_.element);
  }

  show_detail(detail: StationDetail): void {
    if (detail.ledger) this.show_ledger(detail.ledger);
  }

  close(): void {
    this.chart_?.close();
    this.forecast_?.close();
  }

  private show_ledger(ledger: StationLedger): void {
    set_text(this.ledger_, day_words(ledger));
    this.ledger_.title = "What its agent accepted today (a day of UTC), and what central has of it";
    const holes = hole_words(ledger);
    if (holes.join() !== this.holes_.getAttribute("data-holes")) this.holes_.replaceChildren(...holes.map((words) => h("li", {}, `Missing: ${words}`)));
    this.holes_.setAttribute("data-holes", holes.join());
    this.ledger_.hidden = false;
    this.holes_.hidden = holes.length === 0;
  }

  update(station: Station): void {
    this.station_ = station;
    set_attribute(this.element, "data-station", station.station_id);
    set_attribute(this.element, "data-state", station.state);
    paint_symbol(this.symbol_, station.kind, station.state, level_of(station), read_palette(), 16);
    set_text(this.kind_, kKindWords[station.kind]);
    set_text(this.name_, station.name);
    set_text(this.state_, kStateWords[station.state].label);
    const note = note_of(station);
    set_text(this.note_, note);
    this.note_.hidden = note === "";
    const values = values_of(station);
    this.headline_rows_.set(values.filter(({ field }) => kHeadline.includes(field)));
    this.detail_rows_.set([...values.filter(({ field }) => !kHeadline.includes(field)), ...facts_of(station)]);
    this.chart_?.update(station);
    this.show_weather();
    this.tick();
  }

  /** What it is like there, from the nearest weather station. */
  private show_weather(): void {
    const near = this.station_.kind === "weather" ? null : this.context.weather_near(this.station_);
    this.sky_.hidden = near === null;
    if (near === null) return;
    const values = near.station.streams.weather?.values ?? {};
    const parts = ["air_temperature_C", "wind_speed_m_s"].filter((field) => typeof values[field] === "number").map((field) => text_of(field, values[field]));
    if (typeof values.wind_from_direction_deg === "number" && parts.length > 1) parts[1] += ` from ${compass_point(values.wind_from_direction_deg)}`;
    if (is_raining(near.station)) parts.push("rain");
    set_text(this.sky_, `Weather: ${parts.join(", ")} (${near.station.name}, ${distance_words(near.distance_m)} away)`);
  }

  /** Once a second: only the age moves. */
  tick(): void {
    const observed_at = this.station_.observed_at;
    set_text(this.age_, age_words(time_ms(observed_at), this.context.now_ms()));
    if (observed_at === null) return;
    set_attribute(this.age_, "datetime", observed_at);
    const at = time_ms(observed_at);
    if (at === null) return;
    set_attribute(this.age_, "title", new Date(at).toLocaleString());
    set_text(this.time_, time_words(at));
  }
}

function value_row(): Row<StreamValue> {
  const label = h("dt");
  const text = h("dd");
  return {
    element: h("div", {}, label, text),
    update(value) {
      set_text(label, value.label);
      set_text(text, value.text);
      set_attribute(text, "data-testid", `value-${value.field}`);
      set_attribute(text, "data-value", typeof value.raw === "string" ? value.raw : JSON.stringify(value.raw));
    },
  };
}

function values_of(station: Station): StreamValue[] {
  return Object.values(station.streams).flatMap((stream) => {
    return shown_values(stream.values).map((value) => ({ ...value, raw: stream.values[value.field] }));
  });
}

function facts_of(station: Station): StreamValue[] {
  const facts: StreamValue[] = [];
  const fact = (field: string, label: string, text: string, raw: unknown) => facts.push({ field, label, text, raw });
  if (station.capacity !== null) fact("capacity", "Capacity", String(station.capacity), station.capacity);
  const interval = shortest_interval(Object.values(station.streams));
  if (interval !== null) fact("report_interval_s", "Reports every", duration_words(interval), interval);
  fact("station_id", "Station id", station.station_id, station.station_id);
  if (station.agent !== "") fact("agent", "Agent", station.agent, station.agent);
  return facts;
}

function shortest_interval(streams: Stream[]): number | null {
  const intervals = streams.map((stream) => stream.report_interval_s).filter((s): s is number => s !== undefined);
  return intervals.length > 0 ? Math.min(...intervals) : null;
}

/** What a reader must know before believing the figures. */
function note_of(station: Station): string {
  if (station.state === "live") return "";
  if (station.state === "never") return "Known to central, but it has not reported yet.";
  const meaning = kStateWords[station.state].meaning;
  return `Not live (${meaning}): these are its last known values.`;
}
