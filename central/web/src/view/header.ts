// The bar on top: totals, connection, age of the picture.
import { duration_words } from "../model/age";
import type { Store } from "../model/store";
import type { Link } from "../net/feed";
import { by_id, set_attribute, set_text } from "../dom";

const kLinkWords: Record<Link, string> = {
  connecting: "connecting …",
  live: "live",
  reconnecting: "reconnecting …",
};

/** A break shorter than this needs no words across the map. */
const kNoticeMs = 3000;

export class Header {
  private readonly totals_ = by_id("totals");
  private readonly link_ = by_id("link");
  private readonly updated_ = by_id("updated");
  private readonly notice_ = by_id("notice");
  private lost_at_ms_: number | null = null;

  show_totals(store: Store): void {
    const count = new Intl.NumberFormat();
    const stations = `${count.format(store.size)} station${store.size === 1 ? "" : "s"}`;
    set_text(this.totals_, `${stations}, ${count.format(store.counts.live)} live`);
  }

  show_link(link: Link): void {
    set_attribute(this.link_, "data-link", link);
    set_text(this.link_, kLinkWords[link]);
    if (link !== "reconnecting") this.lost_at_ms_ = null;
    else this.lost_at_ms_ ??= performance.now();
    if (this.lost_at_ms_ === null) this.notice_.hidden = true;
  }

  /** `age_ms` since the last event; null before the first. */
  tick(age_ms: number | null): void {
    const age = age_ms === null ? "" : `${duration_words(age_ms / 1000)} ago`;
    set_text(this.updated_, age === "" ? "" : `updated ${age}`);
    if (this.lost_at_ms_ === null || performance.now() - this.lost_at_ms_ < kNoticeMs) return;
    const picture = age === "" ? "Nothing to show yet" : `Showing the picture of ${age}`;
    set_text(this.notice_, `No connection to central. ${picture}; trying again …`);
    this.notice_.hidden = false;
  }
}
