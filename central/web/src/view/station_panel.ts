// The chosen station: beside the map on a wide screen, a sheet from below on a narrow one. One at a time.
import { fetch_station } from "../net/api";
import type { Station } from "../model/station";
import { by_id, h, set_attribute } from "../dom";
import { StationCard, type CardContext } from "./station_card";

const kLedgerEveryMs = 15_000;

export class StationPanel {
  private readonly element_ = by_id("station");
  private readonly body_ = h("div", { class: "station-body", tabindex: "0" });
  private card_: StationCard | null = null;
  private station_id_: string | null = null;

  /** `on_closed` runs when the reader closes it, not when close() does. */
  constructor(
    private readonly context: CardContext,
    private readonly on_closed: () => void,
  ) {
    const close = h("button", { type: "button", class: "close", "aria-label": "Close station", "data-testid": "station-close" }, "×");
    close.addEventListener("click", () => this.on_closed());
    this.element_.append(close, this.body_);
    this.element_.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.on_closed();
    });
  }

  get station_id(): string | null {
    return this.station_id_;
  }

  get has_focus(): boolean {
    return this.element_.contains(document.activeElement);
  }

  /** `take_focus` for readers who came by keyboard. */
  open(station: Station, take_focus: boolean): void {
    if (this.station_id_ !== station.station_id) {
      const card = new StationCard(station, this.context);
      this.card_?.close();
      this.card_ = card;
      this.station_id_ = station.station_id;
      this.body_.replaceChildren(card.element);
      this.body_.scrollTop = 0;
      void this.show_detail(card, station.station_id);
    }
    this.card_?.update(station);
    set_attribute(this.element_, "aria-label", station.name);
    set_attribute(this.body_, "aria-label", station.name);
    this.element_.hidden = false;
    document.body.classList.add("has-station");
    if (take_focus) this.body_.focus();
  }

  /** Ledger and information, at once and again while it is open; what cannot be read is left out. */
  private async show_detail(card: StationCard, station_id: string): Promise<void> {
    while (this.card_ === card) {
      try {
        const detail = await fetch_station(station_id);
        if (this.card_ === card) card.show_detail(detail);
      } catch {
        // the panel says what the stream says; the pipeline panel says when central does not answer
      }
      await new Promise((resolve) => window.setTimeout(resolve, kLedgerEveryMs));
    }
  }

  update(station: Station): void {
    if (station.station_id === this.station_id_) this.card_?.update(station);
  }

  tick(): void {
    this.card_?.tick();
  }

  close(): void {
    this.card_?.close();
    this.card_ = null;
    this.station_id_ = null;
    this.element_.hidden = true;
    document.body.classList.remove("has-station");
    this.body_.replaceChildren();
  }
}
