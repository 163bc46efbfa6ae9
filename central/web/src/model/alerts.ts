// Central's alerts as what somebody has to do: what is wrong, where, since when. Alerts of one rule at stations of one agent are one line, because
// what an agent serves fails together.
import { age_words, time_ms } from "./age";
import type { Alert } from "./api_types";
import type { Fault } from "./faults";
import type { Station } from "./station";

interface RuleWords {
  rank: Fault["rank"];
  what: string;
  to_do: string;
}

const kAgentWords: Record<string, RuleWords> = {
  silent: { rank: 1, what: "Offline", to_do: "Look at its power and its network; it keeps its readings." },
  bad_clock: { rank: 1, what: "It does not know the time", to_do: "Its readings wait until it does: NTP, an RTC, or a bridge that answers." },
};

const kRuleWords: Record<string, RuleWords> = {
  backlog: { rank: 0, what: "Central does not keep up", to_do: "Look at central's log, its disk and Kafka; nothing is lost while Kafka keeps it." },
  outbox: { rank: 0, what: "Its outbox runs full", to_do: "Bring its uplink back before it drops the oldest readings." },
  silent: { rank: 1, what: "Silent", to_do: "Look at the station's hardware and at its agent." },
  bad_clock: { rank: 1, what: "Bad clock", to_do: "Set the station's clock: its times cannot be right." },
  frozen_value: { rank: 2, what: "A value stands still", to_do: "Look at the sensor." },
  impossible_value: { rank: 2, what: "A value that cannot be", to_do: "Look at the sensor; the refused items are below." },
  empty: { rank: 2, what: "No bike", to_do: "Bring some." },
  full: { rank: 2, what: "No free dock", to_do: "Take some away." },
};

export function rule_words(alert: Alert): RuleWords {
  const words = (alert.subject === "agent" ? kAgentWords[alert.rule] : undefined) ?? kRuleWords[alert.rule];
  return words ?? { rank: 1, what: alert.rule.replace(/_/g, " "), to_do: "" };
}

/** Of whom it is told: a name that people know, with the agent that serves it. */
export function alert_place(alert: Alert, station_of: (id: string) => Station | undefined): string {
  const station = alert.station_id ? station_of(alert.station_id) : undefined;
  const agent = station?.agent || alert.agent;
  if (alert.station_id) return `${station?.name ?? alert.station_id}${agent ? `, agent ${agent}` : ""}`;
  return agent ? `agent ${agent}` : "central";
}

/** Names what an alert is about, so that nothing is told twice. */
export const alert_subject = (rule: string, station_id: string | null | undefined, agent: string | null | undefined) =>
  `${rule} ${station_id ? `station ${station_id}` : agent ? `agent ${agent}` : "central"}`;

export function alert_faults(alerts: readonly Alert[], station_of: (id: string) => Station | undefined, now_ms: number): Fault[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const agent = alert.station_id ? `agent ${station_of(alert.station_id)?.agent ?? ""}` : `alone ${alert.agent ?? ""}`;
    const key = `alert ${alert.rule} ${agent}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.entries()].map(([key, group]) => as_fault(key, group, station_of, now_ms));
}

/** When it began to be wrong. A station that was silent before central began to watch it has been so since its last reading. */
function since_ms(alert: Alert, station: Station | undefined): number {
  const told_ms = time_ms(alert.since) ?? Infinity;
  return alert.rule === "silent" ? Math.min(told_ms, time_ms(station?.observed_at) ?? Infinity) : told_ms;
}

function as_fault(key: string, group: readonly Alert[], station_of: (id: string) => Station | undefined, now_ms: number): Fault {
  const began_ms = (alert: Alert) => since_ms(alert, station_of(alert.station_id ?? ""));
  const oldest = group.reduce((first, alert) => (began_ms(alert) < began_ms(first) ? alert : first));
  const { rank, what, to_do } = rule_words(oldest);
  const since = `since ${age_words(began_ms(oldest), now_ms).replace(/ ago$/, "")}`;
  const place = alert_place(oldest, station_of);
  const many = group.length > 1;
  const words = many ? `${what}: ${group.length.toLocaleString()} stations, longest ${since}` : `${what} ${since}${oldest.detail ? `: ${oldest.detail}` : ""}`;
  const fault: Fault = { key, rank, what: words, where: many ? `longest ${place}` : place, to_do };
  if (oldest.station_id) fault.station_id = oldest.station_id;
  return fault;
}
