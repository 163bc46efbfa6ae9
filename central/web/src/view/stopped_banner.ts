// Says above everything else that central has stopped folding, what has happened and what to run. Nobody should have to
// open a panel to learn that the map stands still.
import { by_id, h, set_text } from "../dom";
import { fetch_readiness, type Readiness } from "../net/api";

const kEveryMs = 10_000;

export class StoppedBanner {
  private readonly element_ = by_id("stopped");
  private readonly title_ = h("b");
  private readonly reason_ = h("span", { "data-testid": "stopped-reason" });
  private readonly run_ = h("code", { "data-testid": "stopped-run" });

  constructor() {
    this.element_.append(this.title_, this.reason_, this.run_);
  }

  async poll(): Promise<void> {
    try {
      this.show(await fetch_readiness());
    } catch {
      // no answer at all is the link's to tell
    }
    window.setTimeout(() => void this.poll(), kEveryMs);
  }

  private show(ready: Readiness): void {
    const title = kTitles[ready.ingest ?? ""];
    this.element_.hidden = title === undefined;
    if (title === undefined) return;
    set_text(this.title_, title);
    set_text(this.reason_, (ready.reasons ?? []).join("; "));
    set_text(this.run_, ready.what_to_run ?? "");
    this.run_.hidden = !ready.what_to_run;
  }
}

/** States of central in which the map stands still and somebody must do something. */
const kTitles: Record<string, string> = {
  offset_out_of_range: "The map stands still: Kafka no longer has what central needs next.",
  waiting_for_kafka: "The map stands still: central waits for Kafka.",
  database_error: "The map stands still: central cannot write its database.",
};
