// The bar on top: totals, connection, age of the picture.
import { duration_words } from "../model/age";
import type { Store } from "../model/store";
import type { Link } from "../net/feed";
import { by_id, set_attribute, set_text } from "../dom";

const kLinkWords: Record<Link, string> = {
  connecting: "connecting …",
  live: "live",
  reconnecting: "reconnecting … (last picture kept)",
};

export class Header {
  private readonly totals_ = by_id("totals");
  private readonly link_ = by_id("link");
  private readonly updated_ = by_id("updated");

  show_totals(store: Store): void {
    const count = new Intl.NumberFormat();
    const stations = `${count.format(store.size)} station${store.size === 1 ? "" : "s"}`;
    set_text(this.totals_, `${stations}, ${count.format(store.counts.live)} live`);
  }

  show_link(link: Link): void {
    set_attribute(this.link_, "data-link", link);
    set_text(this.link_, kLinkWords[link]);
  }

  /** `age_ms` since the last event; null before the first. */
  tick(age_ms: number | null): void {
    set_text(this.updated_, age_ms === null ? "" : `updated ${duration_words(age_ms / 1000)} ago`);
  }
}
