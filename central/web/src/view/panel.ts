// A side panel with a title, a close button and the button in the bar that opens it.
import { by_id, h } from "../dom";

const kNarrow = "(max-width: 700px)";
const kPanels: Panel[] = [];
const kWatchers: (() => void)[] = [];

export function panel_of(id: string | null): Panel | null {
  return kPanels.find((panel) => panel.id === id) ?? null;
}

/** The one that was opened last, for the address. */
export function open_panel_id(): string | null {
  return kPanels.filter((panel) => panel.is_open).sort((a, b) => b.opened_at - a.opened_at)[0]?.id ?? null;
}

export class Panel {
  readonly body = h("div", { class: "panel-body", tabindex: "0", role: "region" });
  private readonly element_: HTMLElement;
  private readonly button_: HTMLElement;
  private readonly on_open_: (() => void)[] = [];
  private readonly on_close_: (() => void)[] = [];
  opened_at = 0;

  /** `handle` runs whenever any panel has opened or closed. */
  static on_any_change(handle: () => void): void {
    kWatchers.push(handle);
  }

  /** `id` names the <aside> of index.html; its button has the id `<id>-button`. */
  constructor(
    readonly id: string,
    title: string,
  ) {
    this.element_ = by_id(id);
    this.button_ = by_id(`${id}-button`);
    this.body.setAttribute("aria-label", title);
    const close = h("button", { type: "button", class: "close", "aria-label": `Close ${title}` }, "×");
    this.element_.append(h("div", { class: "panel-head" }, h("h2", {}, title), close), this.body);
    close.addEventListener("click", () => this.close_and_return());
    this.button_.addEventListener("click", () => (this.is_open ? this.close() : this.open()));
    this.element_.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close_and_return();
    });
    kPanels.push(this);
  }

  get is_open(): boolean {
    return !this.element_.hidden;
  }

  on_open(handle: () => void): void {
    this.on_open_.push(handle);
  }

  on_close(handle: () => void): void {
    this.on_close_.push(handle);
  }

  open(): void {
    if (this.is_open) return;
    // There is room for one.
    for (const other of kPanels) other.close();
    this.set_open(true);
    for (const handle of this.on_open_) handle();
  }

  close(): void {
    if (!this.is_open) return;
    this.set_open(false);
    for (const handle of this.on_close_) handle();
  }

  /** Closes it where it hides the map; `silently`: whoever watches it takes it for open, until it is closed for good. */
  close_when_narrow(silently = false): void {
    if (!window.matchMedia(kNarrow).matches) return;
    if (silently) this.set_open(false);
    else this.close();
  }

  focus_button(): void {
    this.button_.focus();
  }

  private close_and_return(): void {
    this.close();
    this.focus_button();
  }

  private set_open(open: boolean): void {
    this.element_.hidden = !open;
    this.button_.setAttribute("aria-expanded", String(open));
    if (open) this.opened_at = performance.now();
    for (const handle of kWatchers) handle();
  }
}
