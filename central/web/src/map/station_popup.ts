// The popup on the map: one at a time, holding a StationCard. On narrow screens app.css turns it into
// a sheet at the bottom.
import { Popup, type Map as MapLibre } from "maplibre-gl";
import { fetch_station_ledger } from "../net/api";
import { position, type Station } from "../model/station";
import { StationCard } from "../view/station_card";

const kLedgerEveryMs = 15_000;

export class StationPopup {
  private popup_: Popup | null = null;
  private card_: StationCard | null = null;
  private station_id_: string | null = null;

  /** `on_closed` runs when the reader closes it, not when close() does. */
  constructor(
    private readonly map: MapLibre,
    private readonly on_closed: () => void,
  ) {}

  get station_id(): string | null {
    return this.station_id_;
  }

  /** `take_focus` for readers who came by keyboard. */
  open(station: Station, now_ms: number, take_focus: boolean): void {
    this.close();
    const card = new StationCard(station);
    card.update(station, now_ms);
    this.card_ = card;
    this.station_id_ = station.station_id;
    const popup = new Popup({ closeOnClick: false, focusAfterOpen: take_focus, maxWidth: "330px", offset: 12 });
    popup.setLngLat(position(station) ?? this.map.getCenter()).setDOMContent(card.element).addTo(this.map);
    popup.getElement().setAttribute("role", "dialog");
    popup.getElement().setAttribute("aria-label", station.name);
    popup.on("close", () => this.closed_by_reader(popup));
    this.popup_ = popup;
    void this.show_ledger(card, station.station_id);
  }

  /** At once and again while it is open; a ledger that cannot be read is left out. */
  private async show_ledger(card: StationCard, station_id: string): Promise<void> {
    while (this.card_ === card) {
      try {
        const ledger = await fetch_station_ledger(station_id);
        if (ledger !== null && this.card_ === card) {
          card.show_ledger(ledger);
          // It has grown: MapLibre chooses anew on which side of the station there is room.
          this.popup_?.setLngLat(this.popup_.getLngLat());
        }
      } catch {
        // the popup says what the stream says; the pipeline panel says when central does not answer
      }
      await new Promise((resolve) => window.setTimeout(resolve, kLedgerEveryMs));
    }
  }

  update(station: Station, now_ms: number): void {
    if (station.station_id !== this.station_id_) return;
    this.card_?.update(station, now_ms);
    const at = position(station);
    if (at !== null) this.popup_?.setLngLat(at);
  }

  tick(now_ms: number): void {
    this.card_?.tick(now_ms);
  }

  close(): void {
    const popup = this.popup_;
    this.popup_ = null;
    this.card_ = null;
    this.station_id_ = null;
    popup?.remove();
  }

  private closed_by_reader(popup: Popup): void {
    if (popup !== this.popup_) return;
    this.close();
    this.on_closed();
  }
}
