// What is wrong now, worst first, each with where it is and what to do: from what central says about the line and from the
// stations themselves.
import { age_words, duration_words, time_ms } from "./age";
import { alert_faults, alert_subject } from "./alerts";
import type { Alert, Loose, Schemas } from "./api_types";
import type { Station } from "./station";

export interface AgentHealth {
  agent?: string;
  status?: string;
  version?: string;
  clock?: string;
  last_word_at?: string | null;
  age_s?: number | null;
  drivers?: { source?: string; driver?: string; state?: string; last_error?: string; readings_total?: number }[];
  outbox?: { readings?: number; bytes?: number; bytes_max?: number; hours_left?: number | null; fault?: string };
  unpublishable?: { total?: number; last?: string };
}

export interface BridgeHealth {
  bridge?: string;
  status?: string;
  version?: string;
  last_word_at?: string | null;
  age_s?: number | null;
  received_total?: number;
  delivered_total?: number;
  dead_letter_total?: number;
  in_flight?: number;
  warnings?: string[];
}

/** Agents and bridges stand in it in their own words (common/contract/FORMAT.md, health). */
export type Pipeline = Omit<Loose<Schemas["Pipeline"]>, "agents" | "bridges"> & { agents?: AgentHealth[]; bridges?: BridgeHealth[] };

export interface Fault {
  key: string;
  /** 0: data stands still or is lost; 1: part of it; 2: worth a look. */
  rank: 0 | 1 | 2;
  what: string;
  where: string;
  to_do: string;
  /** Opens this station. */
  station_id?: string;
  /** The alert that tells the same, where there is one. */
  alert?: string;
}

const kHoursLeftLeast = 24;
const kLagMost = 10_000;

/** Central's open alerts, and behind them what no alert tells. */
export function faults_of(pipeline: Pipeline, alerts: readonly Alert[], stations: Iterable<Station>, now_ms: number): Fault[] {
  const rows = new Map([...stations].map((station) => [station.station_id, station]));
  const told = new Set(alerts.map((alert) => alert_subject(alert.rule, alert.station_id, alert.agent)));
  const quiet = [...rows.values()].filter((station) => !told.has(alert_subject(station.state, station.station_id, null)));
  const others = [...line_faults(pipeline), ...(pipeline.bridges ?? []).flatMap((bridge) => bridge_faults(bridge, now_ms)), ...(pipeline.agents ?? []).flatMap((agent) => agent_faults(agent, now_ms)), ...station_faults(quiet, now_ms)];
  const faults = [...alert_faults(alerts, (id) => rows.get(id), now_ms), ...others.filter((fault) => fault.alert === undefined || !told.has(fault.alert))];
  return faults.sort((a, b) => a.rank - b.rank || a.key.localeCompare(b.key));
}

function line_faults({ kafka, quarantine, bridges }: Pipeline): Fault[] {
  const faults: Fault[] = [];
  if (kafka?.state !== undefined && kafka.state !== "ok") faults.push({ key: "kafka", rank: 0, what: `Central does not fold: ${kafka.state.replace(/_/g, " ")}`, where: "central", to_do: kafka.detail || "Look at central's log and at Kafka." });
  if ((kafka?.lag_total ?? 0) > kLagMost) faults.push({ key: "lag", rank: 1, alert: alert_subject("backlog", null, null), what: `Central is ${kafka?.lag_total?.toLocaleString()} records behind Kafka`, where: "central", to_do: "It catches up by itself; if the number grows, central's disk or processor is too slow." });
  if ((quarantine?.open ?? 0) > 0) faults.push({ key: "quarantine", rank: 2, what: `${quarantine?.open?.toLocaleString()} refused items`, where: "dead letters, below", to_do: "Read their reason; fix the sender; replay." });
  if ((bridges ?? []).length === 0) faults.push({ key: "no-bridge", rank: 1, what: "No bridge has ever reported", where: "bridge", to_do: "Start wayside-bridge beside the MQTT broker." });
  return faults;
}

function bridge_faults(bridge: BridgeHealth, now_ms: number): Fault[] {
  const where = `bridge ${bridge.bridge ?? "?"}`;
  const last = age_words(time_ms(bridge.last_word_at), now_ms);
  const faults: Fault[] = (bridge.warnings ?? []).map((warning, at) => ({ key: `${where} ${at}`, rank: 2, what: warning, where, to_do: "The guarantee is weaker than it could be; see the bridge's log." }));
  if (bridge.status === "offline" || (bridge.age_s ?? 0) > 300) faults.push({ key: where, rank: 0, what: `No word since ${last}`, where, to_do: "Nothing reaches Kafka through it; agents keep their readings. Look at its service and its network." });
  return faults;
}

function agent_faults(agent: AgentHealth, now_ms: number): Fault[] {
  const name = agent.agent ?? "?";
  const where = `agent ${name}`;
  const faults: Fault[] = [];
  const fault = (key: string, rank: Fault["rank"], what: string, to_do: string, rule = key) => faults.push({ key: `${where} ${key}`, rank, what, where, to_do, alert: alert_subject(rule, null, name) });
  if (agent.status !== "online") fault("offline", 1, `Offline, last word ${age_words(time_ms(agent.last_word_at), now_ms)}`, "Look at its power and its network; it keeps its readings.", "silent");
  for (const driver of agent.drivers ?? []) {
    if (driver.state === "fault") fault(`driver ${driver.source}`, 1, `${driver.source ?? "?"} (${driver.driver ?? "?"}): ${driver.last_error || "fault"}`, "Look at this source's hardware and settings; the others go on.");
  }
  if (agent.clock === "unknown") fault("clock", 1, "It does not know the time", "Its readings wait until it does: NTP, an RTC, or a bridge that answers.", "bad_clock");
  const { outbox } = agent;
  if (outbox?.fault) fault("outbox", 0, `Takes no readings: ${outbox.fault}`, "Look at its disk.");
  if (typeof outbox?.hours_left === "number" && outbox.hours_left < kHoursLeftLeast) fault("room", 1, `Its outbox is full in ${duration_words(outbox.hours_left * 3600)}`, "Bring its uplink back, or give it more room, before it drops the oldest.", "outbox");
  if ((agent.unpublishable?.total ?? 0) > 0) fault("size", 1, `${agent.unpublishable?.total} messages over the broker's size`, agent.unpublishable?.last || "Raise the broker's limit.");
  return faults;
}

/** Silent stations and bad clocks, one line per agent: what an agent serves fails together. */
function station_faults(stations: Iterable<Station>, now_ms: number): Fault[] {
  const groups = new Map<string, { oldest: Station; count: number; agent: string; state: string }>();
  for (const station of stations) {
    if (station.state !== "silent" && station.state !== "bad_clock") continue;
    const key = `${station.state} ${station.agent}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { oldest: station, count: 1, agent: station.agent, state: station.state });
    else {
      group.count += 1;
      if ((station.observed_at ?? "") < (group.oldest.observed_at ?? "")) group.oldest = station;
    }
  }
  return [...groups.entries()].map(([key, { oldest, count, agent, state }]) => {
    const who = count === 1 ? oldest.name : `${count.toLocaleString()} stations`;
    const longest = state === "silent" ? `, ${count === 1 ? "" : `longest ${oldest.name}, `}${age_words(time_ms(oldest.observed_at), now_ms)}` : "";
    const to_do = state === "silent" ? "Look at the station's hardware and at its agent." : "Set the station's clock: its times cannot be right.";
    return { key: `stations ${key}`, rank: 2 as const, what: `${who} ${state === "silent" ? "silent" : "with a bad clock"}${longest}`, where: `agent ${agent || "?"}`, to_do, station_id: oldest.station_id };
  });
}

export interface Hop {
  key: string;
  name: string;
  rate: string;
  delay: string;
  queue: string;
  error: string;
  bad: boolean;
}

const whole = (value: number | undefined) => (value === undefined ? "–" : new Intl.NumberFormat().format(value));
const per_second = (value: number | null) => (value === null ? "–" : `${value.toFixed(1)}/s`);

/** What has come through per second between two looks; null where one is missing or a program has begun anew. */
function rate_of(now: number | undefined, before: number | undefined, seconds: number): number | null {
  if (now === undefined || before === undefined || now < before || seconds <= 0) return null;
  return (now - before) / seconds;
}

const sum = (numbers: (number | undefined)[]) => numbers.reduce<number>((total, n) => total + (n ?? 0), 0);

/** The way readings take: each hop's rate, delay, queue and last error. `before` is the answer of `seconds` ago. */
export function hops_of(pipeline: Pipeline, before: Pipeline | null, seconds: number, stations: Iterable<Station>): Hop[] {
  const agents = pipeline.agents ?? [];
  const bridges = pipeline.bridges ?? [];
  const made = (of: Pipeline | null) => (of === null ? undefined : sum((of.agents ?? []).flatMap((agent) => agent.drivers ?? []).map((driver) => driver.readings_total)));
  const delivered = (of: Pipeline | null) => (of === null ? undefined : sum((of.bridges ?? []).map((bridge) => bridge.delivered_total)));
  const delays = delays_of(stations);
  const driver_error = agents.flatMap((agent) => agent.drivers ?? []).find((driver) => driver.state === "fault")?.last_error ?? "";
  const offline = agents.filter((agent) => agent.status !== "online").length;
  const kafka_bad = pipeline.kafka?.state !== undefined && pipeline.kafka.state !== "ok";
  return [
    { key: "agents", name: `Agents (${agents.length - offline} of ${agents.length} online)`, rate: per_second(rate_of(made(pipeline), made(before), seconds)), delay: "", queue: `${whole(sum(agents.map((agent) => agent.outbox?.readings)))} in outboxes`, error: driver_error, bad: offline > 0 || driver_error !== "" },
    { key: "bridges", name: `Bridges (${bridges.filter((bridge) => bridge.status === "online").length} of ${bridges.length} online)`, rate: per_second(rate_of(delivered(pipeline), delivered(before), seconds)), delay: delays.to_bridge, queue: `${whole(sum(bridges.map((bridge) => bridge.in_flight)))} in flight`, error: bridges.flatMap((bridge) => bridge.warnings ?? [])[0] ?? "", bad: bridges.some((bridge) => bridge.status !== "online") },
    { key: "central", name: "Kafka and central", rate: per_second(pipeline.rates?.readings_per_s ?? null), delay: delays.to_central, queue: `${whole(pipeline.kafka?.lag_total)} behind`, error: kafka_bad ? pipeline.kafka?.detail || (pipeline.kafka?.state ?? "") : "", bad: kafka_bad },
    { key: "viewers", name: "Viewers", rate: "", delay: "", queue: `${whole(pipeline.viewers)} watching`, error: "", bad: false },
  ];
}

/** The middle delay of the newest readings on each hop. */
function delays_of(stations: Iterable<Station>): { to_bridge: string; to_central: string } {
  const newest = [...stations].filter((station) => station.state === "live").sort((a, b) => (b.stored_at ?? "").localeCompare(a.stored_at ?? "")).slice(0, 200);
  const middle = (from: "observed_at" | "received_at", to: "received_at" | "stored_at") => {
    const delays = newest.flatMap((station) => {
      const [a, b] = [time_ms(station[from]), time_ms(station[to])];
      return a === null || b === null ? [] : [b - a];
    });
    const ms = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)];
    return ms === undefined ? "–" : ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : duration_words(ms / 1000);
  };
  return { to_bridge: middle("observed_at", "received_at"), to_central: middle("received_at", "stored_at") };
}
