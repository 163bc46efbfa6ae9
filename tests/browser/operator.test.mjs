// Proves in a real Chromium what the page shows an operator: a banner when central has stopped folding, with what to run;
// refused items with reason and bytes and their replay; a station's ledger in one line. Against the stub server.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launch, watched_page } from "./chromium.mjs";
import { start_stub } from "./stub_server.mjs";

const kRun = "stop central and run `wayside-central reset --from earliest`";
const kStopped = { status: "not_ready", ingest: "offset_out_of_range", reasons: ["central has stopped folding: weather/3: records 1200 to 1499 are gone from Kafka (300)"], what_to_run: kRun };

let browser;
let stub;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

beforeEach(async (t) => {
  stub = await start_stub({ stations: 20, changes: 0 });
  t.after(() => stub.close());
});

async function open(t, { hash = "", ...options } = {}) {
  const { page, complaints } = await watched_page(browser, stub.url, options);
  t.after(() => page.close());
  await page.goto(stub.url + hash);
  await page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: 30_000 });
  return { page, complaints, find: (id) => page.locator(`[data-testid="${id}"]`) };
}

test("a stopped central is told above the map, with what to run, and no longer when it goes on", async (t) => {
  stub.stopped = kStopped;
  const { page, find } = await open(t, { viewport: { width: 390, height: 844 } });
  await find("stopped").waitFor();
  assert.match(await find("stopped-reason").textContent(), /records 1200 to 1499 are gone/);
  assert.equal(await find("stopped-run").textContent(), kRun);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  stub.stopped = null;
  await find("stopped").waitFor({ state: "hidden", timeout: 15_000 });
});

test("a central that waits for Kafka is told too", async (t) => {
  stub.stopped = { status: "not_ready", ingest: "waiting_for_kafka", reasons: ["Kafka at kafka:9092 has not answered for 10 s"], what_to_run: null };
  const { find } = await open(t);
  await find("stopped").filter({ hasText: "waits for Kafka" }).waitFor();
  assert.match(await find("stopped-reason").textContent(), /kafka:9092/);
  assert.equal(await find("stopped-run").isVisible(), false);
});

test("an answer that fails does not hide the others", async (t) => {
  for (const [path, shown] of [["ledger?", "fact-lag"], ["pipeline", "fact-accepted"], ["quarantine?", "fact-accepted"]]) {
    const { page, find } = await open(t);
    await page.route((url) => url.href.includes(`/api/v1/${path}`), (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "Busy", detail: `no ${path}` }) }));
    await find("pipeline-button").click();
    await find(shown).waitFor();
    await find("pipeline-error").filter({ hasText: `no ${path}` }).waitFor();
    if (!path.startsWith("quarantine")) await find("item-3").waitFor();
    await page.close();
  }
});

test("refused items are listed with reason and bytes, filtered, and replayed", async (t) => {
  const { find, complaints } = await open(t);
  await find("pipeline-button").click();
  await find("item-3").waitFor();
  assert.match(await find("item-3").locator("pre").textContent(), /<img src=x/); // text, never markup
  assert.match(await find("item-2").locator("pre").textContent(), /^00 ff 10 00 ff/);

  await find("replay-3").click();
  await find("replayed-3").filter({ hasText: "refused again: not_owner: the station belongs to agent-a" }).waitFor();
  stub.replayable.add(3);
  await find("replay-3").click();
  await find("item-3").waitFor({ state: "detached" });

  await find("quarantine-reason").selectOption("not_owner");
  await find("item-2").waitFor({ state: "detached" });
  stub.replayable.add(1);
  await find("replay-reason").click();
  await find("quarantine-message").filter({ hasText: "not_owner: 1 received, 0 refused again." }).waitFor();
  assert.equal(await find("item-1").count(), 0);
  assert.deepEqual(complaints, []);
});

test("what central answers to a replay from elsewhere is shown", async (t) => {
  const { page, find } = await open(t);
  await page.route("**/replay", (route) => route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify({ title: "Not allowed", detail: "only from central's own machine" }) }));
  await find("pipeline-button").click();
  await find("replay-3").click();
  await find("quarantine-message").filter({ hasText: "only from central's own machine" }).waitFor();
  assert.equal(await find("item-3").count(), 1);
});

test("the popup says the station's day and where its holes are", async (t) => {
  const [id] = stub.rows.keys();
  const { find } = await open(t, { hash: `#station=${id}` });
  await find("popup-ledger").waitFor();
  assert.equal(await find("popup-ledger").textContent(), "8,637 of 8,640 today, 3 missing, 12 repeats dropped");
  assert.match(await find("popup-holes").textContent(), /no\. 100 to 102, between 2026-11-20 08:11:00 and 2026-11-20 08:14:00 UTC/);
});

test("what is wrong now stands first, with where it is and what to do; each hop has its rate, delay and queue", async (t) => {
  const { page, find } = await open(t, { hash: "#panel=pipeline" });
  const first = find("faults").locator("li").first();
  await first.filter({ hasText: "cannot open /dev/ttyUSB0" }).waitFor({ timeout: 5000 }); // what to fix, within 5 seconds
  await first.filter({ hasText: "agent stub-posts" }).waitFor();
  for (const words of [/Offline, last word 2 h 5 min ago.*agent stub-roof/s, /3 refused items/, /silent.*agent stub-agent/s, /bad clock/]) assert.match(await find("faults").textContent(), words);
  for (const hop of ["agents", "bridges", "central", "viewers"]) await find(`hop-${hop}`).waitFor();
  assert.match(await find("hop-central").textContent(), /3 behind/);
  stub.event += 1000;
  await page.waitForFunction(() => /\d+\.\d\/s/.test(document.querySelector('[data-testid="hop-bridges"]').textContent), null, { timeout: 20_000 });
  assert.match(await find("agents").textContent(), /version 0\.1\.0.*clock synced.*outbox 0, room for 37 days/s);

  await find("faults").locator("li").filter({ hasText: "silent" }).getByRole("button").click();
  await find("popup").waitFor();
  assert.equal(await find("popup-state").textContent(), "Silent");
});

test("a line in order says so", async (t) => {
  const { page, find } = await open(t);
  await page.route((url) => url.pathname === "/api/v1/pipeline", (route) => route.fulfill({ json: { kafka: { state: "ok", lag_total: 0 }, agents: [], bridges: [{ bridge: "b", status: "online", age_s: 1 }], quarantine: { open: 0 } } }));
  for (const row of stub.rows.values()) row.state = "live";
  stub.publish([...stub.rows.values()]);
  await page.waitForFunction((n) => document.querySelector('[data-testid="count-live"]').textContent === String(n), stub.rows.size);
  await find("pipeline-button").click();
  await find("fact-lag").waitFor();
  assert.equal(await find("faults").locator("li").count(), 0);
});

const kAlert = { subject: "station", agent: "stub-agent", detail: "bike_status: last reading of 2026-11-20T08:11:33.120Z", opened_at: "2026-11-20T08:20:00.000Z", closed_at: null, closed_because: null, state: "open" };

test("central's alerts stand first, once each, with their number on the button; those that are over with why", async (t) => {
  const since = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  stub.alerts = [
    { ...kAlert, alert_id: 1, rule: "silent", station_id: "bike-4", since: since(130) },
    { ...kAlert, alert_id: 2, rule: "silent", subject: "agent", station_id: null, agent: "stub-roof", since: since(125) },
    { ...kAlert, alert_id: 3, rule: "backlog", subject: "central", station_id: null, agent: null, detail: "20,000 records wait", since: since(6) },
    { ...kAlert, alert_id: 4, rule: "frozen_value", station_id: "weather-0", since: since(500), state: "closed", closed_at: since(20), closed_because: "its values change" },
  ];
  stub.rows.get("bike-4").observed_at = since(190); // silent since its last reading, however late its alert began
  const { page, find } = await open(t);
  await find("alerts-open").filter({ hasText: "3" }).waitFor();
  await find("pipeline-button").click();
  const faults = find("faults").locator("li");
  await faults.first().filter({ hasText: /Central does not keep up since 6 min: 20,000 records wait/ }).waitFor({ timeout: 5000 });
  await faults.filter({ hasText: /^Fault.*Silent since 3 h 10 min.*agent stub-agent/s }).waitFor();
  assert.equal(await faults.filter({ hasText: "agent stub-roof" }).count(), 1, "told twice");
  await faults.filter({ hasText: "Silent since" }).getByRole("button").click();
  assert.equal(await find("popup-state").textContent(), "Silent");
  await find("alerts-over").locator("summary").click();
  await find("alert-4").filter({ hasText: /A value stands still.*for 8 h, until .*its values change/s }).waitFor();
  stub.alerts = stub.alerts.slice(3);
  await page.waitForFunction(() => !/does not keep up/.test(document.querySelector('[data-testid="faults"]').textContent), null, { timeout: 20_000 });
});
