// All stations as a table: the map's content for keyboards, screen readers and those who know the name.
import { age_words, time_ms } from "../model/age";
import { bikes_at, docks_at, level_of } from "../model/availability";
import { text_of } from "../model/fields";
import { find_stations, kListLimit, type ListOrder, type ListQuery } from "../model/search";
import { is_state, kStates, kStateWords, number_value, type Station } from "../model/station";
import type { Change, Store } from "../model/store";
import { h, set_attribute, set_text } from "../dom";
import { read_palette, type Palette } from "../map/palette";
import { paint_symbol, symbol_canvas } from "../map/symbols";
import { KeyedRows, type Row } from "./keyed_rows";
import type { Panel } from "./panel";

/** Searching and sorting again happens at most so often; rows on show change at once. */
const kSortMs = 3000;

export class StationList {
  private readonly search_ = h("input", { type: "search", id: "search", "data-testid": "search", autocomplete: "off", spellcheck: "false" });
  private readonly state_ = h("select", { id: "list-state", "data-testid": "list-state" });
  private readonly order_ = h("select", { id: "list-order" });
  private readonly found_ = h("p", { class: "found", role: "status", "data-testid": "found" });
  private readonly body_ = h("tbody", { "data-testid": "rows" });
  private readonly rows_: KeyedRows<Station>;
  private palette_: Palette = read_palette();
  private sorted_at_ms_ = 0;

  /** `on_pick` gets the id of a chosen station. */
  constructor(
    private readonly panel: Panel,
    private readonly store: Store,
    private readonly now_ms: () => number,
    on_pick: (station_id: string) => void,
  ) {
    this.rows_ = new KeyedRows(this.body_, (station) => station.station_id, () => this.row());
    this.build();
    this.search_.addEventListener("input", () => this.refresh());
    this.state_.addEventListener("change", () => this.refresh());
    this.order_.addEventListener("change", () => this.refresh());
    this.body_.addEventListener("click", (event) => {
      const id = event.target instanceof Element ? event.target.closest("tr")?.dataset.station : undefined;
      if (id !== undefined) on_pick(id);
    });
    panel.on_open(() => {
      this.refresh();
      // Not under a finger: the on-screen keyboard would cover the list.
      if (!window.matchMedia("(pointer: coarse)").matches) this.search_.focus();
    });
  }

  private build(): void {
    this.state_.append(h("option", { value: "any" }, "All states"));
    for (const state of kStates) this.state_.append(h("option", { value: state }, kStateWords[state].label));
    this.order_.append(h("option", { value: "name" }, "By name"), h("option", { value: "worst" }, "Worst first"));
    const head = h("tr", {}, ...["Station", "Now", "Age"].map((title) => h("th", { scope: "col" }, title)));
    const table = h("table", {}, h("caption", { class: "unseen" }, "Stations that match the search"), h("thead", {}, head), this.body_);
    this.panel.body.append(
      h(
        "form",
        { class: "tools", role: "search" },
        h("label", { class: "unseen", for: "search" }, "Search stations by name or id"),
        this.search_,
        h("label", { class: "unseen", for: "list-state" }, "State"),
        this.state_,
        h("label", { class: "unseen", for: "list-order" }, "Order"),
        this.order_,
      ),
      this.found_,
      table,
    );
    this.search_.placeholder = "Search by name or id";
    this.panel.body.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
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
      if (station !== undefined) this.rows_.get(id)?.update(station);
    }
  }

  /** The ages on show, once a second. */
  tick(): void {
    if (!this.panel.is_open) return;
    for (const row of this.body_.querySelectorAll<HTMLElement>("tr")) {
      const station = this.store.get(row.dataset.station ?? "");
      const age = row.lastElementChild;
      if (station !== undefined && age !== null) set_text(age, age_words(time_ms(station.observed_at), this.now_ms()));
    }
  }

  private refresh(): void {
    this.sorted_at_ms_ = performance.now();
    this.palette_ = read_palette();
    const page = find_stations(this.store.all(), this.query());
    this.rows_.set(page.rows);
    const shown = page.total > kListLimit ? `, the first ${kListLimit} shown` : "";
    set_text(this.found_, `${new Intl.NumberFormat().format(page.total)} station${page.total === 1 ? "" : "s"}${shown}`);
  }

  private query(): ListQuery {
    const state = this.state_.value;
    return { text: this.search_.value, state: is_state(state) ? state : "any", order: this.order_.value as ListOrder };
  }

  private row(): Row<Station> {
    const symbol = symbol_canvas("bike", "silent", "unknown", this.palette_, 16);
    const name = h("button", { type: "button" });
    const state = h("small");
    const now = h("span");
    const more = h("small");
    const age = h("td", { class: "row-age" });
    const element = h("tr", {}, h("th", { scope: "row" }, h("div", {}, symbol, h("span", {}, name, state))), h("td", { class: "now" }, now, more), age);
    return {
      element,
      update: (station) => {
        set_attribute(element, "data-station", station.station_id);
        set_attribute(element, "data-state", station.state);
        paint_symbol(symbol, station.kind, station.state, level_of(station), this.palette_, 16);
        set_text(name, station.name);
        set_text(state, station.state === "live" ? "" : kStateWords[station.state].label);
        const [main, second] = summary_of(station);
        set_text(now, main);
        set_text(more, second);
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
  const bikes = bikes_at(station);
  const docks = docks_at(station);
  if (bikes === null) return ["–", ""];
  return [`${bikes} bike${bikes === 1 ? "" : "s"}`, docks === null ? "" : `${docks} free dock${docks === 1 ? "" : "s"}`];
}
