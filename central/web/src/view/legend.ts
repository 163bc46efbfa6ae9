// What colours and shapes mean, with how many stations are in each state right now.
import { kLevelWords, type Level } from "../model/availability";
import type { Want } from "../model/map_filter";
import { line_colour } from "../model/line_colour";
import { kStateWords, type State } from "../model/station";
import type { StateCounts } from "../model/store";
import { by_id, h, set_text } from "../dom";
import { units_select } from "./preferences";
import { on_palette_change, read_palette, type Palette } from "../map/palette";
import { cluster_image } from "../map/layers/cluster";
import { draw_drop, draw_wind } from "../map/layers/weather";
import { kPixelRatio, paint_symbol, symbol_canvas, type Pen } from "../map/symbols";

const kLevels = Object.keys(kLevelWords.bikes) as (keyof (typeof kLevelWords)["bikes"])[];
const kWantWords: Record<Want, string> = { bikes: "Bike stations, by bikes", docks: "Bike stations, by free docks" };
const kStateOrder: State[] = ["live", "late", "silent", "never", "out_of_service", "bad_clock"];
const kNarrow = "(max-width: 700px)";

export class Legend {
  private readonly counts_ = new Map<State, HTMLElement>();
  private readonly repaint_: ((palette: Palette) => void)[] = [];

  private readonly level_words_ = new Map<Exclude<Level, "unknown">, HTMLElement>();
  private readonly want_words_ = h("h2", { "data-testid": "legend-want" });
  private readonly lines_ = h("ul", { "data-testid": "legend-lines" });

  constructor(on_units: () => void) {
    const details = by_id<HTMLDetailsElement>("legend");
    details.open = !window.matchMedia(kNarrow).matches;
    const levels = h("ul", {}, ...kLevels.map((level) => this.level_row(level)));
    const states = h("ul", {}, ...kStateOrder.map((state) => this.state_row(state)));
    const others = h(
      "ul",
      {},
      h("li", {}, this.symbol("weather", "live", "unknown"), "Temperature"),
      h("li", {}, this.drawing((pen, palette) => draw_wind(pen, 9, 9, 225, 1, palette)), h("span", {}, "Wind", h("small", {}, "flies with it; longer is stronger"))),
      h("li", {}, this.drawing((pen, palette) => draw_drop(pen, 9, 9, palette.rain, palette.surface)), "Rain now"),
      h("li", {}, this.symbol("rail", "live", "unknown"), "Rail station"),
      h("li", {}, h("i", { class: "train", "data-line": "blue" }), h("span", {}, "Train", h("small", {}, "between stations: estimated; × out of service, ! broken down"))),
    );
    details.append(
      h("summary", {}, "Legend"),
      this.want_words_,
      levels,
      h("h2", {}, "State, by shape"),
      states,
      h("p", { class: "cluster-row" }, this.cluster(), "Many stations: their count; the ring is how many are live, the rest and the mark their worst state"),
      h("h2", {}, "Weather and rail"),
      others,
      this.lines_,
      units_select(on_units),
      h("p", {}, h("a", { href: "assets/licences.txt" }, "Licences")),
    );
    this.show_want("bikes");
    on_palette_change((palette) => this.repaint_.forEach((repaint) => repaint(palette)));
  }

  /** The colours turn with what is wanted. */
  show_want(want: Want): void {
    set_text(this.want_words_, kWantWords[want]);
    for (const [level, element] of this.level_words_) set_text(element, kLevelWords[want][level]);
  }

  show_lines(route_ids: readonly string[]): void {
    this.lines_.replaceChildren(...route_ids.map((id) => h("li", {}, h("i", { class: "line-swatch", "data-line": line_colour(id) }), `Line ${id}`)));
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

  private level_row(level: Exclude<Level, "unknown">): HTMLElement {
    const words = h("span");
    this.level_words_.set(level, words);
    return h("li", {}, this.symbol("bike", "live", level), words);
  }

  /** 18 pixels square, drawn again when the colours change. */
  private drawing(draw: (pen: Pen, palette: Palette) => void): HTMLCanvasElement {
    const canvas = h("canvas", { class: "symbol", "aria-hidden": "true" });
    const paint = (palette: Palette) => {
      canvas.width = canvas.height = 18 * kPixelRatio;
      const pen = canvas.getContext("2d");
      if (pen === null) return;
      pen.scale(kPixelRatio, kPixelRatio);
      draw(pen, palette);
    };
    paint(read_palette());
    this.repaint_.push(paint);
    return canvas;
  }

  private cluster(): HTMLCanvasElement {
    const canvas = h("canvas", { class: "cluster-symbol", "aria-hidden": "true" });
    const paint = (palette: Palette) => {
      const image = cluster_image(["silent", "6"], palette);
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext("2d")?.putImageData(image, 0, 0);
    };
    paint(read_palette());
    this.repaint_.push(paint);
    return canvas;
  }

  private symbol(kind: "bike" | "weather" | "rail", state: State, level: Level): HTMLCanvasElement {
    const canvas = symbol_canvas(kind, state, level, read_palette());
    this.repaint_.push((palette) => paint_symbol(canvas, kind, state, level, palette));
    return canvas;
  }
}
