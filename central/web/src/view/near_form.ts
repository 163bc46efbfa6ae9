// "At least so many, within so far, of here": the part of the find panel that asks for a place.
import { kRadii_m, wider } from "../model/search";
import type { Spot } from "../model/distance";
import { distance_words } from "../model/units";
import type { Want } from "../model/map_filter";
import type { Near } from "../model/url_hash";
import { locate_me, type Located } from "../net/locate";
import { h, set_text } from "../dom";

export interface NearEvents {
  on_near(near: Near | null, move: boolean): void;
  /** Begins or ends the choice of a spot on the map. */
  on_choose(choosing: boolean): void;
  map_centre(): Spot | null;
}

const kRadiusDefault_m = 500;
const kCounts = [1, 2, 3, 5, 10];

export class NearForm {
  private readonly me_ = h("button", { type: "button", "data-testid": "near-me" }, "Near me");
  private readonly here_ = h("button", { type: "button", "data-testid": "near-here", "aria-pressed": "false" }, "Near here");
  private readonly centre_ = h("button", { type: "button", "data-testid": "near-centre" }, "The map’s centre");
  private readonly clear_ = h("button", { type: "button", "data-testid": "near-clear" }, "Everywhere");
  private readonly wider_ = h("button", { type: "button", "data-testid": "near-wider" });
  private readonly count_ = h("select", { id: "near-count", "data-testid": "near-count" });
  private readonly radius_ = h("select", { id: "near-radius", "data-testid": "near-radius" });
  private readonly terms_: HTMLElement;
  private readonly message_ = h("p", { class: "note", role: "status", "data-testid": "near-message" });
  readonly element: HTMLElement;
  private near_: Near | null = null;
  private want_: Want = "bikes";
  /** The message says that nothing is near. */
  private nothing_ = false;

  constructor(private readonly events: NearEvents) {
    this.terms_ = h("div", { class: "near-terms" }, h("label", { for: "near-count" }, "At least"), this.count_, h("label", { for: "near-radius" }, "within"), this.radius_);
    const buttons = h("div", { class: "near-buttons" }, this.me_, this.here_, this.centre_, this.clear_);
    this.element = h("div", { class: "near", role: "group", "aria-label": "Search near a place" }, buttons, this.terms_, this.message_, this.wider_);
    this.me_.addEventListener("click", () => void this.near_me());
    this.here_.addEventListener("click", () => this.choose(this.here_.getAttribute("aria-pressed") !== "true"));
    this.centre_.addEventListener("click", () => this.at_centre());
    this.clear_.addEventListener("click", () => this.set(null));
    this.wider_.addEventListener("click", () => this.change({ radius_m: wider(this.near_?.radius_m ?? 0) ?? kRadiusDefault_m }));
    this.count_.addEventListener("change", () => this.change({ at_least: Number(this.count_.value) }));
    this.radius_.addEventListener("change", () => this.change({ radius_m: Number(this.radius_.value) }));
    this.show(null, "bikes");
  }

  /** As the address says. */
  show(near: Near | null, want: Want): void {
    this.near_ = near;
    this.want_ = want;
    this.terms_.hidden = this.clear_.hidden = near === null;
    this.centre_.hidden = this.here_.getAttribute("aria-pressed") !== "true";
    this.wider_.hidden = true;
    if (near === null) return;
    const word = want === "bikes" ? ["bike", "bikes"] : ["free dock", "free docks"];
    const counts = [...new Set([...kCounts, near.at_least])].sort((a, b) => a - b);
    this.count_.replaceChildren(...counts.map((n) => h("option", { value: String(n) }, `${n} ${n === 1 ? word[0] : word[1]}`)));
    this.count_.value = String(near.at_least);
    const radii = [...new Set([...kRadii_m, near.radius_m])].sort((a, b) => a - b);
    this.radius_.replaceChildren(...radii.map((radius) => h("option", { value: String(radius) }, distance_words(radius))));
    this.radius_.value = String(near.radius_m);
  }

  /** A spot was chosen: on the map, by an address, or by the device. */
  at(spot: Spot, name: string): void {
    const { radius_m = kRadiusDefault_m, at_least = 1 } = this.near_ ?? {};
    this.choose(false);
    this.set({ lat: spot.lat, lon: spot.lon, radius_m, at_least });
    set_text(this.message_, name === "" ? "" : `Near ${name}.`);
  }

  take(located: Located): void {
    if ("problem" in located) set_text(this.message_, located.problem);
    else this.at(located.spot, located.name);
  }

  /** How many were found. Nothing near is said, with a wider circle to try. */
  found(count: number): void {
    const near = this.near_;
    this.wider_.hidden = true;
    if (this.nothing_ && count > 0) set_text(this.message_, "");
    this.nothing_ = near !== null && count === 0;
    if (near === null || count > 0) return;
    const what = this.want_ === "bikes" ? "bike" : "free dock";
    const next_m = wider(near.radius_m);
    const words = `No station with at least ${near.at_least} ${what}${near.at_least === 1 ? "" : "s"} within ${distance_words(near.radius_m)}.`;
    set_text(this.message_, next_m === null ? `${words} There is none near.` : words);
    this.wider_.hidden = next_m === null;
    if (next_m !== null) set_text(this.wider_, `Look within ${distance_words(next_m)}`);
  }

  choose(choosing: boolean): void {
    if (choosing === (this.here_.getAttribute("aria-pressed") === "true")) return;
    this.here_.setAttribute("aria-pressed", String(choosing));
    this.centre_.hidden = !choosing;
    set_text(this.message_, choosing ? "Click or tap the map where you want to be." : "");
    this.events.on_choose(choosing);
  }

  private at_centre(): void {
    const spot = this.events.map_centre();
    if (spot === null) set_text(this.message_, "There is no map.");
    else this.at(spot, "the map’s centre");
  }

  private async near_me(): Promise<void> {
    set_text(this.message_, "Asking the browser where you are …");
    this.take(await locate_me());
  }

  private change(part: Partial<Near>): void {
    if (this.near_ !== null) this.set({ ...this.near_, ...part });
  }

  private set(near: Near | null): void {
    set_text(this.message_, "");
    this.show(near, this.want_);
    this.events.on_near(near, near !== null);
  }
}
