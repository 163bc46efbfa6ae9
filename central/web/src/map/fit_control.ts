// A map button: show all stations.
import type { IControl } from "maplibre-gl";
import { h } from "../dom";

export class FitControl implements IControl {
  private element_: HTMLElement | null = null;

  constructor(private readonly fit: () => void) {}

  onAdd(): HTMLElement {
    const button = h("button", { type: "button", class: "fit-button", title: "Show all stations", "aria-label": "Show all stations" });
    button.addEventListener("click", this.fit);
    this.element_ = h("div", { class: "maplibregl-ctrl maplibregl-ctrl-group" }, button);
    return this.element_;
  }

  onRemove(): void {
    this.element_?.remove();
    this.element_ = null;
  }
}
