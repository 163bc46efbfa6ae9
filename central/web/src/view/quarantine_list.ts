// Refused items: why, from whom, the bytes as they came, and another try after a fix. Central takes a replay only where
// a setting allows it and from its own machine; else it answers with what to do, and that is shown.
import { h, set_text } from "../dom";
import { fetch_quarantine, replay_item, replay_reason, type QuarantineItem, type QuarantinePage, type ReplayAnswer } from "../net/api";

const kHexColumns = 32;

export class QuarantineList {
  readonly element: HTMLElement;
  private readonly select_ = h("select", { "data-testid": "quarantine-reason", "aria-label": "Reason" });
  private readonly replay_all_ = h("button", { type: "button", "data-testid": "replay-reason" }, "Replay all of this reason");
  private readonly message_ = h("p", { role: "status", "data-testid": "quarantine-message" });
  private readonly items_ = h("ul", { class: "quarantine", "data-testid": "quarantine" });
  private readonly more_ = h("button", { type: "button", "data-testid": "quarantine-more" }, "Older");
  private cursor_ = "";
  private shown_ = "";

  constructor() {
    this.element = h("section", {}, h("div", { class: "quarantine-bar" }, this.select_, this.replay_all_), this.message_, this.items_, this.more_);
    this.select_.addEventListener("change", () => void this.load(true));
    this.more_.addEventListener("click", () => void this.load(false));
    this.replay_all_.addEventListener("click", () => void this.replay_all());
  }

  /** Asks again, but draws only what has changed: an open item must not jump. Throws when central does not answer. */
  async refresh(): Promise<void> {
    const reason = this.select_.value;
    const page = await fetch_quarantine(reason, "");
    if (reason === this.select_.value && picture_of(page) !== this.shown_) this.show(page, true);
  }

  private async load(anew: boolean): Promise<void> {
    const page = await this.say_errors(() => fetch_quarantine(this.select_.value, anew ? "" : this.cursor_));
    if (page !== null) this.show(page, anew);
  }

  private show(page: QuarantinePage, anew: boolean): void {
    if (anew) this.shown_ = picture_of(page);
    this.show_reasons(page.counts ?? {});
    const rows = (page.items ?? []).map((item) => this.row(item));
    if (anew) this.items_.replaceChildren();
    this.items_.append(...rows);
    this.cursor_ = page.next_cursor ?? "";
    this.more_.hidden = this.cursor_ === "";
    this.replay_all_.hidden = this.select_.value === "";
  }

  private show_reasons(counts: Record<string, number>): void {
    const chosen = this.select_.value;
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const reasons = new Set([...Object.keys(counts), ...(chosen === "" ? [] : [chosen])]);
    const options = [...reasons].sort().map((reason) => h("option", { value: reason }, `${reason} (${counts[reason] ?? 0})`));
    this.select_.replaceChildren(h("option", { value: "" }, `all reasons (${total})`), ...options);
    this.select_.value = chosen;
  }

  private row(item: QuarantineItem): HTMLElement {
    const where = [item.agent, item.station_id, item.stream, item.seq === null || item.seq === undefined ? "" : `no. ${item.seq}`].filter((part) => part);
    const times = (item.times ?? 1) > 1 ? `, ${item.times} times` : "";
    const outcome = h("span", { class: "problem", role: "status", "data-testid": `replayed-${item.id}` });
    const replay = h("button", { type: "button", "data-testid": `replay-${item.id}` }, "Replay");
    replay.addEventListener("click", () => void this.replay(item.id, outcome, replay));
    return h(
      "li",
      { "data-testid": `item-${item.id}`, "data-reason": item.reason ?? "" },
      h("div", { class: "quarantine-head" }, h("b", {}, item.reason ?? "?"), replay),
      h("p", {}, item.detail ?? ""),
      h("p", { class: "note" }, `${where.join(" · ")} · by ${item.source ?? "?"} at ${(item.at ?? "").slice(0, 19).replace("T", " ")} UTC${times}`),
      h("pre", { tabindex: "0", "aria-label": "Bytes" }, bytes_of(item)),
      outcome,
    );
  }

  private async replay(id: number, outcome: HTMLElement, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    const answer = await this.say_errors(() => replay_item(id));
    button.disabled = false;
    if (answer === null) return;
    const [told] = answer.items ?? [];
    if (told?.outcome === "refused_again") return set_text(outcome, `refused again: ${told.reason ?? ""}: ${told.detail ?? ""}`);
    await this.load(true);
    set_text(this.message_, `Item ${id}: ${told?.outcome === "replayed" ? "received" : "had been replayed before"}.`);
  }

  private async replay_all(): Promise<void> {
    const reason = this.select_.value;
    this.replay_all_.disabled = true;
    let [received, refused, cursor] = [0, 0, ""];
    do {
      const answer: ReplayAnswer | null = await this.say_errors(() => replay_reason(reason, cursor));
      if (answer === null) break;
      received += answer.replayed ?? 0;
      refused += answer.refused_again ?? 0;
      cursor = answer.next_cursor ?? "";
      if (cursor === "") {
        await this.load(true);
        set_text(this.message_, `${reason}: ${received} received, ${refused} refused again.`);
      }
    } while (cursor !== "");
    this.replay_all_.disabled = false;
  }

  /** Null when it failed; the message then has central's words. */
  private async say_errors<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      set_text(this.message_, "");
      return answer;
    } catch (error) {
      set_text(this.message_, error instanceof Error ? error.message : String(error));
      return null;
    }
  }
}

const picture_of = (page: QuarantinePage) => JSON.stringify([page.items, page.counts]);

/** Text where it can be printed, else hex. */
function bytes_of(item: QuarantineItem): string {
  if (item.payload_text !== null && item.payload_text !== undefined) return item.payload_text;
  const hex = item.payload_hex ?? "";
  const lines = [];
  for (let at = 0; at < hex.length; at += kHexColumns) lines.push((hex.slice(at, at + kHexColumns).match(/../g) ?? []).join(" "));
  return lines.join("\n");
}
