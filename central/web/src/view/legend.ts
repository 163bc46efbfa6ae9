// What colours and shapes mean, with how many stations are in each state right now.
import { kLevelWords, type Level } from "../model/availability";
import { kStateWords, type State } from "../model/station";
import type { StateCounts } from "../model/store";
import { by_id, h, set_text } from "../dom";
import { on_palette_change, read_palette, type Palette } from "../map/palette";
import { paint_symbol, symbol_canvas } from "../map/symbols";

const kLevels = Object.keys(kLevelWords) as (keyof typeof kLevelWords)[];
const kStateOrder: State[] = ["live", "late", "silent", "never", "out_of_service", "bad_clock"];
const kNarrow = "(max-width: 700px)";

export class Legend {
  private readonly counts_ = new Map<State, HTMLElement>();
  private readonly repaint_: ((palette: Palette) => void)[] = [];

  constructor() {
    const details = by_id<HTMLDetailsElement>("legend");
    details.open = !window.matchMedia(kNarrow).matches;
    const levels = h("ul", {}, ...kLevels.map((level) => h("li", {}, this.symbol("bike", "live", level), kLevelWords[level])));
    const states = h("ul", {}, ...kStateOrder.map((state) => this.state_row(state)));
    const kinds = h(
      "ul",
      {},
      h("li", {}, this.symbol("weather", "live", "unknown"), "Weather station, °C"),
      h("li", {}, this.symbol("rail", "live", "unknown"), "Rail station"),
    );
    details.append(
      h("summary", {}, "Legend"),
      h("h2", {}, "Bike stations, by bikes"),
      levels,
      h("h2", {}, "State, by shape"),
      states,
      h("h2", {}, "Others"),
      kinds,
      h("p", {}, h("a", { href: "assets/licences.txt" }, "Licences")),
    );
    on_palette_change((palette) => this.repaint_.forEach((repaint) => repaint(palette)));
  }

  update(counts: Readonly<StateCounts>): void {
    for (const [state, element] of this.counts_) set_text(element, new Intl.NumberFormat().format(counts[state]));
  }

  private state_row(state: State): HTMLElement {
    const { label, meaning } = kStateWords[state];
    const count = h("b", { "data-testid": `count-${state}` }, "0");
    this.counts_.set(state, count);
    return h("li", {}, this.symbol("bike", state, "even"), h("span", {}, label, h("small", {}, meaning)), count);
  }

  private symbol(kind: "bike" | "weather" | "rail", state: State, level: Level): HTMLCanvasElement {
    const canvas = symbol_canvas(kind, state, level, read_palette());
    this.repaint_.push((palette) => paint_symbol(canvas, kind, state, level, palette));
    return canvas;
  }
}
