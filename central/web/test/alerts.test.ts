// Proves that alerts become a short list of what to do: one line for what fails together, nothing told twice, silence told from the
// last reading on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alert_faults } from "../src/model/alerts";
import type { Alert } from "../src/model/api_types";
import { faults_of } from "../src/model/faults";
import { bike } from "./stations";

const now_ms = Date.parse("2026-11-20T12:00:00Z");
const alert = (alert_id: number, rule: string, more: object) => ({ alert_id, rule, since: "2026-11-20T11:50:00.000Z", ...more }) as Alert;

test("stations of one agent that are silent together are one line, with the longest", () => {
  const stations = new Map(["1", "2", "3"].map((id) => [id, bike(id, { agent: id === "3" ? "b" : "a", state: "silent", observed_at: `2026-11-${id === "2" ? "10" : "20"}T11:00:00.000Z` })]));
  const faults = alert_faults(["1", "2", "3"].map((id, at) => alert(at, "silent", { subject: "station", station_id: id })), (id) => stations.get(id), now_ms);
  assert.deepEqual(faults.map((fault) => fault.what), ["Silent: 2 stations, longest since 10 days", "Silent since 1 h"]);
  assert.equal(faults[0]?.station_id, "2");
  assert.match(faults[1]?.where ?? "", /agent b$/);
});

test("what an alert tells is not told again; what no alert tells stays", () => {
  const pipeline = { kafka: { state: "ok" as const, lag_total: 20_000 }, bridges: [{ bridge: "x", status: "online" }], agents: [{ agent: "a", status: "offline", clock: "unknown" }] };
  const silent = [bike("1", { agent: "a", state: "silent" }), bike("2", { agent: "a", state: "silent" })];
  const whats = (alerts: Parameters<typeof faults_of>[1]) => faults_of(pipeline, alerts, silent, now_ms).map(({ what }) => what.replace(/,.*| since.*/, ""));
  assert.deepEqual(whats([]).sort(), ["2 stations silent", "Central is 20", "It does not know the time", "Offline"]);
  const alerts = [alert(1, "backlog", { subject: "central" }), alert(2, "silent", { subject: "agent", agent: "a" }), alert(3, "silent", { subject: "station", station_id: "1", agent: "a" })];
  assert.deepEqual(whats(alerts).sort(), ["Central does not keep up", "It does not know the time", "Offline", "Silent", `${bike("2").name} silent`].sort());
});

test("a rule that this page does not know is told by its name", () => {
  assert.equal(alert_faults([alert(1, "odd_rule", { subject: "station", station_id: "9" })], () => undefined, now_ms)[0]?.what, "odd rule since 10 min");
});
