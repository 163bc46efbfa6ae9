// Alerts that are over: what it was, where, from when to when and why it ended. Newest first; asked for when somebody looks.
import { alert_place, rule_words } from "../model/alerts";
import type { Alert } from "../model/api_types";
import { duration_words, time_ms } from "../model/age";
import { moment_words } from "../model/zone";
import type { Station } from "../model/station";
import { fetch_alerts } from "../net/api";
import { h, set_text } from "../dom";

export class AlertHistory {
  readonly element: HTMLElement;
  private readonly list_ = h("ul", { class: "lines", "data-testid": "alert-history" });
  private readonly words_ = h("p", { class: "note", role: "status" });
  private readonly more_ = h("button", { type: "button", "data-testid": "alerts-older" }, "Older");
  private cursor_ = "";

  constructor(private readonly station_of: (id: string) => Station | undefined) {
    const details = h("details", { "data-testid": "alerts-over" }, h("summary", {}, "Alerts that are over"), this.list_, this.words_, this.more_);
    details.addEventListener("toggle", () => details.open && void this.load(true));
    this.more_.addEventListener("click", () => void this.load(false));
    this.element = details;
  }

  private async load(anew: boolean): Promise<void> {
    try {
      const page = await fetch_alerts("closed", 20, anew ? "" : this.cursor_);
      if (anew) this.list_.replaceChildren();
      this.list_.append(...(page.alerts ?? []).map((alert) => this.row(alert)));
      this.cursor_ = page.next_cursor ?? "";
      set_text(this.words_, this.list_.children.length === 0 ? "None yet." : "");
    } catch (error) {
      set_text(this.words_, `Central did not answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.more_.hidden = this.cursor_ === "";
  }

  private row(alert: Alert): HTMLElement {
    const [since_ms, closed_ms] = [time_ms(alert.since), time_ms(alert.closed_at)];
    const lasted = since_ms === null || closed_ms === null ? "" : `for ${duration_words((closed_ms - since_ms) / 1000)}, until ${moment_words(closed_ms)}`;
    const words = [alert_place(alert, this.station_of), lasted, alert.closed_because ?? ""].filter((part) => part !== "");
    return h("li", { "data-testid": `alert-${alert.alert_id}` }, h("b", {}, rule_words(alert).what), h("span", {}, words.join(" · ")));
  }
}
