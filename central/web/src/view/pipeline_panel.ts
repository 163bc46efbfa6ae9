// The way readings take, hop by hop, for whoever has to fix it. Asks central only while it is open.
import { age_words, duration_words, time_ms } from "../model/age";
import { faults_of, hops_of, type AgentHealth, type BridgeHealth, type Fault, type Hop, type Pipeline } from "../model/faults";
import { fetch_alerts, fetch_ledger_totals, fetch_pipeline, type Ledger } from "../net/api";
import type { Store } from "../model/store";
import { h, set_attribute, set_text } from "../dom";
import type { Alert } from "../model/api_types";
import { AlertBadge } from "./alert_badge";
import { AlertHistory } from "./alert_history";
import { QuarantineList } from "./quarantine_list";
import { KeyedRows, type Row } from "./keyed_rows";
import type { Panel } from "./panel";

const kEveryMs = 5000;
/** Of one page; more are not read one by one. */
const kAlertsMost = 1000;

interface Fact {
  key: string;
  label: string;
  text: string;
  /** Worth a look: drawn as a warning. */
  bad: boolean;
}

interface Line {
  key: string;
  name: string;
  online: boolean;
  words: string[];
  problems: string[];
}

export class PipelinePanel {
  private readonly error_ = h("p", { class: "problem", role: "status", "data-testid": "pipeline-error" });
  private readonly facts_ = h("dl", { class: "details", "data-testid": "pipeline-facts" });
  private readonly ledger_ = h("dl", { class: "details", "data-testid": "ledger" });
  private readonly agents_ = h("ul", { class: "lines", "data-testid": "agents" });
  private readonly bridges_ = h("ul", { class: "lines", "data-testid": "bridges" });
  private readonly fact_rows_ = new KeyedRows<Fact>(this.facts_, (fact) => fact.key, fact_row);
  private readonly ledger_rows_ = new KeyedRows<Fact>(this.ledger_, (fact) => fact.key, fact_row);
  private readonly agent_rows_ = new KeyedRows<Line>(this.agents_, (line) => line.key, line_row);
  private readonly bridge_rows_ = new KeyedRows<Line>(this.bridges_, (line) => line.key, line_row);
  private readonly quarantine_ = new QuarantineList();
  private readonly faults_ = h("ul", { class: "faults", "data-testid": "faults" });
  private readonly fault_rows_: KeyedRows<Fault>;
  private readonly hops_ = h("tbody", { "data-testid": "hops" });
  private readonly hop_rows_ = new KeyedRows<Hop>(this.hops_, (hop) => hop.key, hop_row);
  private readonly over_ = new AlertHistory((id) => this.store().get(id));
  private alerts_: Alert[] = [];
  private before_: { at_ms: number; pipeline: Pipeline } | null = null;
  private timer_: number | undefined;

  constructor(
    private readonly panel: Panel,
    /** The present, also while the map shows the past. */
    private readonly store: () => Store,
    private readonly now_ms: () => number,
    on_station: (station_id: string) => void,
  ) {
    this.fault_rows_ = new KeyedRows<Fault>(this.faults_, (fault) => fault.key, () => fault_row(on_station));
    this.error_.hidden = true;
    panel.body.append(
      this.error_,
      h("h3", {}, "What is wrong now"),
      this.faults_,
      this.over_.element,
      h("h3", {}, "The way of the readings"),
      hop_table(this.hops_),
      h("h3", {}, "Ledger"),
      this.ledger_,
      h("h3", {}, "Central"),
      this.facts_,
      h("h3", {}, "Dead letters and refused items"),
      this.quarantine_.element,
      h("h3", {}, "Bridges"),
      this.bridges_,
      h("h3", {}, "Agents"),
      this.agents_,
    );
    void new AlertBadge().poll();
    panel.on_open(() => void this.poll());
    panel.on_close(() => window.clearTimeout(this.timer_));
  }

  private async poll(): Promise<void> {
    window.clearTimeout(this.timer_);
    // Each on its own: what fails must not hide what the others say.
    const failed = await Promise.all([
      complaint("Alerts", async () => void (this.alerts_ = (await fetch_alerts("open", kAlertsMost, "")).alerts ?? [])),
      complaint("Central's state", async () => this.show(await fetch_pipeline())),
      complaint("The ledger", async () => this.ledger_rows_.set(ledger_facts(await fetch_ledger_totals()))),
      complaint("Refused items", () => this.quarantine_.refresh()),
    ]);
    this.update();
    const words = failed.filter((text) => text !== "");
    set_text(this.error_, words.join(" "));
    this.error_.hidden = words.length === 0;
    window.clearTimeout(this.timer_); // closed and opened again meanwhile: one loop is enough
    if (this.panel.is_open) this.timer_ = window.setTimeout(() => void this.poll(), kEveryMs);
  }

  /** After a change of the stations: theirs are among the faults. */
  update(): void {
    if (this.panel.is_open && this.before_ !== null) this.fault_rows_.set(faults_of(this.before_.pipeline, this.alerts_, this.store().all(), this.now_ms()));
  }

  private show(pipeline: Pipeline): void {
    const at_ms = performance.now();
    const seconds = this.before_ === null ? 0 : (at_ms - this.before_.at_ms) / 1000;
    this.hop_rows_.set(hops_of(pipeline, this.before_?.pipeline ?? null, seconds, this.store().all()));
    this.before_ = { at_ms, pipeline };
    this.fact_rows_.set(central_facts(pipeline));
    const worst_first = (a: Line, b: Line) => Number(a.online) - Number(b.online) || b.problems.length - a.problems.length || a.name.localeCompare(b.name);
    this.agent_rows_.set((pipeline.agents ?? []).map((agent) => agent_line(agent, this.now_ms())).sort(worst_first));
    this.bridge_rows_.set((pipeline.bridges ?? []).map((bridge) => bridge_line(bridge, this.now_ms())).sort(worst_first));
  }
}

/** What to say when it fails, else nothing. */
async function complaint(what: string, ask: () => Promise<void>): Promise<string> {
  try {
    await ask();
    return "";
  } catch (error) {
    return `${what}: central did not answer: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

const counted = (value: number | undefined) => (value === undefined ? "–" : new Intl.NumberFormat().format(value));

function ledger_facts({ totals = {}, gaps }: Ledger): Fact[] {
  const fact = (key: keyof typeof totals, label: string, bad_above_0 = false): Fact => ({
    key,
    label,
    text: counted(totals[key]),
    bad: bad_above_0 && (totals[key] ?? 0) > 0,
  });
  return [
    fact("accepted", "Accepted by agents"),
    fact("received", "Received"),
    fact("waiting", "Waiting at agents"),
    fact("missing", "Missing", true),
    fact("repeated", "Repeated, recognised"),
    fact("refused", "Refused", true),
    fact("dropped", "Dropped at a limit", true),
    fact("unnumbered", "Not covered (no number)"),
    ...((gaps?.list?.length ?? 0) > 0
      ? [{ key: "gaps", label: "Records gone from Kafka", text: `${counted(gaps?.records)} in ${counted(gaps?.list?.length)} gaps`, bad: true }]
      : []),
  ];
}

function central_facts(pipeline: Pipeline): Fact[] {
  const fact = (key: string, label: string, text: string, bad = false): Fact => ({ key, label, text, bad });
  const kafka = pipeline.kafka?.state ?? "unknown";
  const rate = pipeline.rates?.readings_per_s;
  return [
    fact("rate", "Readings per second", rate === undefined ? "–" : rate.toFixed(1)),
    fact("lag", "Lag behind Kafka", counted(pipeline.kafka?.lag_total)),
    fact("kafka", "Kafka", kafka, kafka !== "ok"),
    fact("quarantine", "In quarantine", counted(pipeline.quarantine?.open), (pipeline.quarantine?.open ?? 0) > 0),
    fact("viewers", "Viewers", counted(pipeline.viewers)),
    fact("version", "Version", pipeline.version ?? "–"),
  ];
}

function agent_line(agent: AgentHealth, now_ms: number): Line {
  const name = agent.agent ?? "?";
  const words = [agent.status ?? "unknown", ...(agent.version === undefined ? [] : [`version ${agent.version}`]), `last word ${age_words(time_ms(agent.last_word_at), now_ms)}`];
  if (agent.clock !== undefined) words.push(`clock ${agent.clock}`);
  const outbox = agent.outbox;
  if (outbox?.readings !== undefined) words.push(`outbox ${counted(outbox.readings)}${room_words(outbox.hours_left)}`);
  const problems = (agent.drivers ?? [])
    .filter((driver) => driver.state === "fault")
    .map((driver) => `${driver.source ?? "?"} (${driver.driver ?? "?"}): ${driver.last_error || "fault"}`);
  return { key: name, name, online: agent.status === "online", words, problems };
}

function room_words(hours_left: number | null | undefined): string {
  return typeof hours_left === "number" ? `, room for ${duration_words(hours_left * 3600)}` : "";
}

function bridge_line(bridge: BridgeHealth, now_ms: number): Line {
  const name = bridge.bridge ?? "?";
  const words = [bridge.status ?? "unknown", `last word ${age_words(time_ms(bridge.last_word_at), now_ms)}`];
  if (bridge.in_flight !== undefined) words.push(`${counted(bridge.in_flight)} in flight`);
  return { key: name, name, online: bridge.status === "online", words, problems: bridge.warnings ?? [] };
}

function fact_row(): Row<Fact> {
  const label = h("dt");
  const text = h("dd");
  return {
    element: h("div", {}, label, text),
    update(fact) {
      set_text(label, fact.label);
      set_text(text, fact.text);
      set_attribute(text, "data-testid", `fact-${fact.key}`);
      text.classList.toggle("problem", fact.bad);
    },
  };
}

function line_row(): Row<Line> {
  const name = h("b");
  const words = h("span");
  const problems = h("span", { class: "problem" });
  const element = h("li", {}, name, words, problems);
  return {
    element,
    update(line) {
      element.classList.toggle("offline", !line.online);
      set_text(name, line.name);
      set_text(words, line.words.join(" · "));
      set_text(problems, line.problems.join("; "));
    },
  };
}

function hop_table(body: HTMLElement): HTMLElement {
  const head = h("tr", {}, ...["Hop", "Rate", "Delay", "Queue"].map((title) => h("th", { scope: "col" }, title)));
  return h("table", { class: "hops" }, h("caption", { class: "unseen" }, "Rate, delay, queue and last error of each hop"), h("thead", {}, head), body);
}

function hop_row(): Row<Hop> {
  const name = h("span");
  const error = h("small", { class: "problem" });
  const cells = [h("td"), h("td"), h("td")];
  const element = h("tr", {}, h("th", { scope: "row" }, name, error), ...cells);
  return {
    element,
    update(hop) {
      set_attribute(element, "data-testid", `hop-${hop.key}`);
      element.classList.toggle("bad", hop.bad);
      set_text(name, hop.name);
      set_text(error, hop.error);
      [hop.rate, hop.delay, hop.queue].forEach((text, at) => cells[at] && set_text(cells[at], text));
    },
  };
}

const kRankWords = ["Urgent", "Fault", "Notice"];

function fault_row(on_station: (station_id: string) => void): Row<Fault> {
  const rank = h("span", { class: "rank" });
  const what = h("b");
  const where = h("span");
  const to_do = h("span", { class: "note" });
  const show = h("button", { type: "button" }, "Show");
  let station_id: string | undefined;
  show.addEventListener("click", () => station_id !== undefined && on_station(station_id));
  const element = h("li", {}, h("div", { class: "quarantine-head" }, rank, show), what, where, to_do);
  return {
    element,
    update(fault) {
      station_id = fault.station_id;
      show.hidden = station_id === undefined;
      set_attribute(element, "data-rank", String(fault.rank));
      set_text(rank, kRankWords[fault.rank] ?? "");
      set_text(what, fault.what);
      set_text(where, fault.where);
      set_text(to_do, fault.to_do);
    },
  };
}
