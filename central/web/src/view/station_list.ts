// Finding a station: by name, street, address, or near a place; and all stations as a table, which is the map's content
// for keyboards and screen readers.
import { age_words, time_ms } from "../model/age";
import { bikes_at, docks_at, level_of } from "../model/availability";
import { text_of } from "../model/fields";
import { is_state_filter, type MapFilter } from "../model/map_filter";
import { kListLimit, type Found, type ListOrder, type ListQuery, type StationFinder } from "../model/search";
import { kStateWords, number_value, type Station } from "../model/station";
import type { Change, Store } from "../model/store";
import { distance_words } from "../model/units";
import type { Near } from "../model/url_hash";
import { locate_address } from "../net/locate";
import { h, set_attribute, set_text } from "../dom";
import { read_palette, type Palette } from "../map/palette";
import { paint_symbol, symbol_canvas } from "../map/symbols";
import { KeyedRows, type Row } from "./keyed_rows";
import { state_select } from "./layer_bar";
import { NearForm, type NearEvents } from "./near_form";
import type { Panel } from "./panel";

/** Searching and sorting again happens at most so often; rows on show change at once. */
const kSortMs = 3000;

export interface ListEvents extends NearEvents {
  on_pick(station_id: string): void;
  on_text(text: string): void;
  on_filter(filter: MapFilter): void;
  on_street(stations: Station[]): void;
}

export interface ListState {
  text: string;
  near: Near | null;
  filter: MapFilter;
}

export class StationList {
  readonly near: NearForm;
  /** Where addresses are asked for; "" for nowhere. Holds {q}. */
  geocoder_url = "";
  private readonly search_ = h("input", { type: "search", id: "search", "data-testid": "search", autocomplete: "off", spellcheck: "false", placeholder: "Station, street or address" });
  private readonly state_ = state_select("list-state", "State");
  private readonly order_ = h("select", { id: "list-order" }, h("option", { value: "name" }, "By name"), h("option", { value: "worst" }, "Worst first"));
  private readonly streets_ = h("ul", { class: "streets", "data-testid": "streets" });
  private readonly found_ = h("p", { class: "found", role: "status", "data-testid": "found" });
  private readonly last_column_ = h("th", { scope: "col" }, "Age");
  private readonly body_ = h("tbody", { "data-testid": "rows" });
  private readonly rows_: KeyedRows<Found>;
  private palette_: Palette = read_palette();
  private sorted_at_ms_ = 0;

  constructor(
    private readonly panel: Panel,
    private readonly store: Store,
    private readonly finder: StationFinder,
    private readonly now_ms: () => number,
    private state: ListState,
    private readonly events: ListEvents,
  ) {
    this.near = new NearForm({ ...events, on_near: (near, move) => this.near_changed(near, move) });
    this.rows_ = new KeyedRows(this.body_, ({ station }) => station.station_id, () => this.row());
    this.build();
    this.listen();
    this.show(state);
    panel.on_open(() => {
      this.refresh();
      // Not under a finger: the on-screen keyboard would cover the list.
      if (!window.matchMedia("(pointer: coarse)").matches) this.search_.focus();
    });
    panel.on_close(() => this.near.choose(false));
  }

  private build(): void {
    const head = h("tr", {}, h("th", { scope: "col" }, "Station"), h("th", { scope: "col" }, "Now"), this.last_column_);
    const table = h("table", {}, h("caption", { class: "unseen" }, "Stations that match the search"), h("thead", {}, head), this.body_);
    const form = h(
      "form",
      { class: "tools", role: "search" },
      h("label", { class: "unseen", for: "search" }, "Search stations, streets or an address"),
      this.search_,
      this.state_.label,
      this.state_.select,
      h("label", { class: "unseen", for: "list-order" }, "Order"),
      this.order_,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submitted();
    });
    this.panel.body.append(form, this.near.element, this.streets_, this.found_, table);
  }

  private listen(): void {
    this.search_.addEventListener("input", () => {
      this.state.text = this.search_.value;
      this.events.on_text(this.search_.value);
      this.refresh();
    });
    this.state_.select.addEventListener("change", () => {
      const state = this.state_.select.value;
      if (is_state_filter(state)) this.events.on_filter({ ...this.state.filter, state });
    });
    this.order_.addEventListener("change", () => this.refresh());
    this.body_.addEventListener("click", (event) => {
      const id = event.target instanceof Element ? event.target.closest("tr")?.dataset.station : undefined;
      if (id !== undefined) this.events.on_pick(id);
    });
  }

  /** As the address says. */
  show(state: ListState): void {
    this.state = state;
    if (this.search_.value !== state.text) this.search_.value = state.text;
    this.state_.select.value = state.filter.state;
    this.near.show(state.near, state.filter.want);
    if (this.panel.is_open) this.refresh();
  }

  /** Called with every change; does nothing while the panel is closed. */
  update(change: Change): void {
    if (!this.panel.is_open) return;
    if (change.all || performance.now() - this.sorted_at_ms_ > kSortMs) {
      this.refresh();
      return;
    }
    for (const id of change.changed) {
      const station = this.store.get(id);
      const row = this.rows_.get(id);
      if (station !== undefined && row !== undefined) row.update({ station, distance_m: this.distances_.get(id) ?? null });
    }
  }

  /** The ages on show, once a second. */
  tick(): void {
    if (!this.panel.is_open) return;
    for (const row of this.body_.querySelectorAll<HTMLElement>("tr")) {
      const station = this.store.get(row.dataset.station ?? "");
      const age = row.querySelector("[data-age]");
      if (station !== undefined && age !== null) set_text(age, age_words(time_ms(station.observed_at), this.now_ms()));
    }
  }

  private readonly distances_ = new Map<string, number | null>();

  private near_changed(near: Near | null, move: boolean): void {
    this.state.near = near;
    this.events.on_near(near, move);
    this.refresh();
  }

  /** Enter: the one that is found, or the place that an address names. */
  private async submitted(): Promise<void> {
    const page = this.finder.find(this.query(), 1);
    const only = page.rows[0];
    if (page.total === 1 && only !== undefined) return this.events.on_pick(only.station.station_id);
    if (page.total > 0 || this.state.text.trim() === "") return;
    if (this.geocoder_url === "") return set_text(this.found_, `No station or street is called “${this.state.text}”. This server does not know street addresses; choose a spot with “Near here”.`);
    set_text(this.found_, "Looking for the address …");
    const located = await locate_address(this.geocoder_url, this.state.text);
    if ("problem" in located) return set_text(this.found_, located.problem);
    this.search_.value = this.state.text = "";
    this.events.on_text("");
    this.near.take(located);
  }

  private refresh(): void {
    if (!this.panel.is_open) return;
    this.sorted_at_ms_ = performance.now();
    this.palette_ = read_palette();
    const page = this.finder.find(this.query());
    this.distances_.clear();
    for (const { station, distance_m } of page.rows) this.distances_.set(station.station_id, distance_m);
    set_text(this.last_column_, this.state.near === null ? "Age" : "Distance");
    this.rows_.set(page.rows);
    const shown = page.total > kListLimit ? `, the first ${kListLimit} shown` : "";
    const enter = page.total === 0 && this.state.text !== "" && this.geocoder_url !== "" ? "; Enter looks for an address" : "";
    set_text(this.found_, `${new Intl.NumberFormat().format(page.total)} station${page.total === 1 ? "" : "s"}${shown}${enter}`);
    if (this.store.size > 0) this.near.found(page.total);
    this.show_streets();
  }

  private show_streets(): void {
    const streets = this.state.near === null ? this.finder.streets(this.state.text) : [];
    const key = streets.map(({ street, stations }) => `${street} ${stations.length}`).join();
    if (this.streets_.dataset.key === key) return;
    this.streets_.dataset.key = key;
    const chip = (street: string, stations: Station[]) => {
      const button = h("button", { type: "button" }, `${street}: ${stations.length} stations`);
      button.addEventListener("click", () => this.events.on_street(stations));
      return h("li", {}, button);
    };
    this.streets_.replaceChildren(...streets.map(({ street, stations }) => chip(street, stations)));
  }

  private query(): ListQuery {
    return { text: this.state.text, order: this.order_.value as ListOrder, near: this.state.near, filter: this.state.filter };
  }

  private row(): Row<Found> {
    const symbol = symbol_canvas("bike", "silent", "unknown", this.palette_, 16);
    const name = h("button", { type: "button" });
    const state = h("small");
    const now = h("span");
    const more = h("small");
    const far = h("span");
    const age = h("small", { "data-age": true });
    const last = h("td", { class: "row-age" }, far, age);
    const element = h("tr", {}, h("th", { scope: "row" }, h("div", {}, symbol, h("span", {}, name, state))), h("td", { class: "now" }, now, more), last);
    return {
      element,
      update: ({ station, distance_m }) => {
        set_attribute(element, "data-station", station.station_id);
        set_attribute(element, "data-state", station.state);
        paint_symbol(symbol, station.kind, station.state, level_of(station, this.state.filter.want), this.palette_, 16);
        set_text(name, station.name);
        set_text(state, station.state === "live" ? "" : kStateWords[station.state].label);
        const [main, second] = summary_of(station);
        set_text(now, main);
        set_text(more, second);
        set_text(far, distance_m === null ? "" : distance_words(distance_m));
        set_text(age, age_words(time_ms(station.observed_at), this.now_ms()));
      },
    };
  }
}

/** The station's main figure, and a second one or "". */
function summary_of(station: Station): [string, string] {
  if (station.kind === "weather") {
    const celsius = number_value(station, "weather", "air_temperature_C");
    return [celsius === null ? "–" : text_of("air_temperature_C", celsius), ""];
  }
  if (station.kind === "rail") {
    const train = station.streams.arrival?.values.vehicle_id;
    return [typeof train === "string" ? train : "–", typeof train === "string" ? "last train" : ""];
  }
  const bikes = bikes_at(station);
  const docks = docks_at(station);
  if (bikes === null) return ["–", ""];
  return [`${bikes} bike${bikes === 1 ? "" : "s"}`, docks === null ? "" : `${docks} free dock${docks === 1 ? "" : "s"}`];
}
