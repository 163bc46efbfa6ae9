// The rail board: one line's stations in order, its trains in both directions at their place, and who has come in today.
import { age_words } from "../model/age";
import { line_colour } from "../model/line_colour";
import type { RailModel, Train } from "../model/rail";
import type { Store } from "../model/store";
import { h, set_attribute, set_text } from "../dom";
import { KeyedRows, type Row } from "./keyed_rows";
import type { Panel } from "./panel";
import { Turnstiles } from "./turnstiles";

const kStatusWords = { in_service: "", out_of_service: "out of service", broken_down: "broken down" };

interface Stop {
  station_id: string;
  name: string;
  state: string;
  /** By direction, in the order of the columns. */
  trains: Train[][];
}

export class LinesPanel {
  private readonly tabs_ = h("div", { class: "segments", role: "group", "aria-label": "Line" });
  private readonly none_ = h("p", { class: "note" }, "No rail station has reported a line yet.");
  private readonly head_ = h("tr");
  private readonly body_ = h("tbody", { "data-testid": "board" });
  private readonly table_: HTMLElement;
  private readonly rows_: KeyedRows<Stop>;
  private readonly turnstiles_: Turnstiles;
  private line_: string;

  /** `line` is the one that the address names, or "". */
  constructor(
    private readonly panel: Panel,
    private readonly store: Store,
    private readonly rail: RailModel,
    private readonly now_ms: () => number,
    line: string,
    private readonly events: { on_pick(station_id: string): void; on_line(line: string): void },
  ) {
    this.line_ = line;
    this.rows_ = new KeyedRows(this.body_, (stop) => stop.station_id, () => this.row());
    this.turnstiles_ = new Turnstiles(now_ms);
    this.table_ = h("table", { class: "board" }, h("caption", { class: "unseen" }, "Stations of the line in order, with trains in both directions"), h("thead", {}, this.head_), this.body_);
    panel.body.append(this.tabs_, this.none_, this.table_);
    this.body_.addEventListener("click", (event) => {
      const id = event.target instanceof Element ? event.target.closest("tr")?.dataset.station : undefined;
      if (id !== undefined) this.events.on_pick(id);
    });
    panel.on_open(() => this.update());
    panel.on_close(() => this.turnstiles_.stop());
  }

  /** After any change of rail; does nothing while the panel is closed. */
  update(): void {
    if (!this.panel.is_open) return;
    const lines = this.rail.lines();
    const line = lines.find(({ route_id }) => route_id === this.line_) ?? lines[0];
    this.none_.hidden = line !== undefined;
    this.table_.hidden = line === undefined;
    this.show_tabs(lines.map(({ route_id }) => route_id), line?.route_id ?? "");
    if (line === undefined) return;
    const directions = this.rail.directions(line.route_id);
    this.show_head(directions.map(({ direction_id, end }) => [direction_id, end === null ? "" : this.name_of(end)]));
    const trains = this.rail.trains(this.now_ms()).filter((train) => train.route_id === line.route_id);
    const at = (station_id: string, direction_id: string) => trains.filter((train) => train.station_id === station_id && train.direction_id === direction_id);
    const stops = line.stops.filter((id) => this.store.get(id) !== undefined);
    this.rows_.set(stops.map((id) => ({ station_id: id, name: this.name_of(id), state: this.store.get(id)?.state ?? "never", trains: directions.map(({ direction_id }) => at(id, direction_id)) })));
    this.turnstiles_.watch(stops.filter((id) => this.store.get(id)?.streams.turnstile !== undefined));
  }

  private name_of(station_id: string): string {
    return this.store.get(station_id)?.name ?? station_id;
  }

  private show_tabs(ids: string[], chosen: string): void {
    const key = `${ids.join()} ${chosen}`;
    if (this.tabs_.dataset.key === key) return;
    this.tabs_.dataset.key = key;
    const tab = (id: string) => {
      const button = h("button", { type: "button", "aria-pressed": String(id === chosen), "data-testid": `line-${id}` }, h("i", { class: "line-swatch", "data-line": line_colour(id) }), id);
      button.addEventListener("click", () => {
        this.line_ = id;
        this.events.on_line(id);
        this.update();
        this.tabs_.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
      });
      return button;
    };
    this.tabs_.replaceChildren(...ids.map(tab));
  }

  private show_head(directions: [string, string][]): void {
    const key = directions.join(";");
    if (this.head_.dataset.key === key) return;
    this.head_.dataset.key = key;
    const columns = directions.map(([id, end]) => h("th", { scope: "col" }, end === "" ? `Direction ${id}` : `To ${end}`));
    this.head_.replaceChildren(h("th", { scope: "col" }, "Station"), ...columns, h("th", { scope: "col" }, "In today"));
  }

  private row(): Row<Stop> {
    const name = h("button", { type: "button" });
    const state = h("small");
    const people = h("td", { class: "people" });
    const element = h("tr", {}, h("th", { scope: "row" }, name, state), people);
    const cells: { cell: HTMLElement; chips: KeyedRows<Train> }[] = [];
    return {
      element,
      update: (stop) => {
        set_attribute(element, "data-station", stop.station_id);
        set_attribute(element, "data-state", stop.state);
        set_text(name, stop.name);
        set_text(state, stop.state === "live" ? "" : stop.state.replace(/_/g, " "));
        while (cells.length > stop.trains.length) cells.pop()?.cell.remove();
        while (cells.length < stop.trains.length) {
          const cell = h("td");
          people.before(cell);
          cells.push({ cell, chips: new KeyedRows<Train>(cell, (train) => train.vehicle_id, () => this.chip()) });
        }
        stop.trains.forEach((trains, at) => cells[at]?.chips.set(trains));
        this.turnstiles_.show(stop.station_id, people);
      },
    };
  }

  private chip(): Row<Train> {
    const icon = h("i", { class: "train" });
    const id = h("b");
    const words = h("small");
    const element = h("span", { class: "chip" }, icon, h("span", {}, id, words));
    return {
      element,
      update: (train) => {
        set_attribute(icon, "data-line", line_colour(train.route_id));
        set_attribute(icon, "data-status", train.status);
        set_attribute(element, "data-train", train.vehicle_id);
        set_text(icon, train.status === "broken_down" ? "!" : train.status === "out_of_service" ? "×" : "");
        set_text(id, train.vehicle_id);
        const next = this.rail.next_stop(train);
        const left = next !== null && this.rail.progress(train, next, this.now_ms()) > 0;
        const moving = left ? `left for ${this.name_of(next)}` : "here";
        set_text(words, `${kStatusWords[train.status] || moving}, ${age_words(train.at_ms, this.now_ms())}`);
      },
    };
  }
}
