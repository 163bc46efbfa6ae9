// How many alerts are open, on the button that leads to them: nobody should have to open a panel to learn that something is wrong.
import { fetch_alerts } from "../net/api";
import { by_id, h, set_attribute, set_text } from "../dom";

const kEveryMs = 15_000;

export class AlertBadge {
  private readonly button_ = by_id("pipeline-button");
  private readonly badge_ = h("span", { class: "badge", "data-testid": "alerts-open", hidden: true });
  private readonly unseen_ = h("span", { class: "unseen" });

  constructor() {
    this.button_.append(this.badge_, this.unseen_);
  }

  async poll(): Promise<void> {
    try {
      const { counts = {} } = await fetch_alerts("open", 1, "");
      this.show(Object.values(counts).reduce((sum, count) => sum + count, 0));
    } catch {
      // what was said last stays; that central does not answer is the link's to tell
    }
    window.setTimeout(() => void this.poll(), kEveryMs);
  }

  private show(open: number): void {
    this.badge_.hidden = open === 0;
    set_text(this.badge_, open > 999 ? "999+" : String(open));
    set_attribute(this.badge_, "aria-hidden", "true");
    set_text(this.unseen_, open === 0 ? "" : `, ${open} ${open === 1 ? "alert" : "alerts"}`);
  }
}
