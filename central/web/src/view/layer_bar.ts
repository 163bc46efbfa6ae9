// Above the map: bikes or docks wanted, which kinds are shown, which states. What it says is in the address.
import { kStates, kStateWords, kKinds, type Kind } from "../model/station";
import { is_state_filter, type MapFilter, type StateFilter, type Want } from "../model/map_filter";
import { by_id, h } from "../dom";

const kWants: Record<Want, string> = { bikes: "Bikes", docks: "Docks" };
const kKindNames: Record<Kind, string> = { bike: "Bike", rail: "Rail", weather: "Weather" };
const kStateChoices: [StateFilter, string][] = [["any", "All states"], ["trouble", "Not live"], ...kStates.map((state): [StateFilter, string] => [state, kStateWords[state].label])];

export function state_select(id: string, label: string): { select: HTMLSelectElement; label: HTMLElement } {
  const select = h("select", { id, "data-testid": id }, ...kStateChoices.map(([value, text]) => h("option", { value }, text)));
  return { select, label: h("label", { class: "unseen", for: id }, label) };
}

export class LayerBar {
  private readonly wants_ = new Map<Want, HTMLButtonElement>();
  private readonly kinds_ = new Map<Kind, HTMLButtonElement>();
  private readonly state_ = state_select("map-state", "States shown on the map");

  /** `on_change` gets the whole filter. */
  constructor(
    private filter: MapFilter,
    private readonly on_change: (filter: MapFilter) => void,
  ) {
    for (const want of Object.keys(kWants) as Want[]) this.wants_.set(want, this.toggle(`want-${want}`, kWants[want], () => this.set({ want })));
    for (const kind of kKinds) this.kinds_.set(kind, this.toggle(`layer-${kind}`, kKindNames[kind], () => this.flip(kind)));
    this.state_.select.addEventListener("change", () => {
      const state = this.state_.select.value;
      if (is_state_filter(state)) this.set({ state });
    });
    by_id("layers").append(
      h("div", { class: "segments", role: "group", "aria-label": "What you are looking for" }, ...this.wants_.values()),
      h("div", { class: "segments", role: "group", "aria-label": "Layers" }, ...this.kinds_.values()),
      this.state_.label,
      this.state_.select,
    );
    this.show(filter);
  }

  /** As the address says. */
  show(filter: MapFilter): void {
    this.filter = filter;
    for (const [want, button] of this.wants_) button.setAttribute("aria-pressed", String(want === filter.want));
    for (const [kind, button] of this.kinds_) button.setAttribute("aria-pressed", String(filter.kinds.has(kind)));
    this.state_.select.value = filter.state;
  }

  private toggle(id: string, label: string, on_click: () => void): HTMLButtonElement {
    const button = h("button", { type: "button", "data-testid": id }, label);
    button.addEventListener("click", on_click);
    return button;
  }

  private flip(kind: Kind): void {
    const kinds = new Set(this.filter.kinds);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.set({ kinds });
  }

  private set(part: Partial<MapFilter>): void {
    this.show({ ...this.filter, ...part });
    this.on_change(this.filter);
  }
}
