// Proves in a real Chromium what a station's panel and the rail board tell: large figures, age and state in words, history
// with its gaps, late data that closes them, the weather at the place; trains at their place on the line, and people.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hash_has, kSlowMs, shared_browser } from "./page_case.mjs";
import { kHole_ms } from "./stub_history.mjs";

const shared = shared_browser();
before(shared.start);
after(shared.stop);

const has_text = (page, id, pattern) => page.waitForFunction(([id, source]) => new RegExp(source).test(document.querySelector(`[data-testid="${id}"]`)?.textContent ?? ""), [id, pattern.source], { timeout: kSlowMs });

test("a bike station: large figures, state, age and time in words, the weather there, its history", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=bike-0", timezoneId: "Europe/Berlin", locale: "en-GB" });
  await find("popup").waitFor();
  assert.equal(await find("popup-state").textContent(), "Live");
  assert.match(await find("popup-time").textContent(), /^\w{3},? \d\d:\d\d \(Europe\/Berlin\)$/);
  assert.match(await find("popup-weather").textContent(), /^Weather: .*°C.* weather post \d+, .* away\)$/);
  const large = await find("value-num_bikes_available").evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
  assert.ok(large >= 30, `${large} px`);
  await has_text(page, "chart-words", /^Bikes, last day: \d+ to \d+, 1 gap without readings\. Usual at this time: \d/);
  assert.ok((await find("chart").locator("canvas").count()) > 0);

  // Late data closes the gap: the agent has drained its outbox.
  const now = Date.now();
  for (let ago = kHole_ms[0]; ago >= kHole_ms[1]; ago -= 300_000) stub.late.push({ observed_at: new Date(now - ago).toISOString(), values: { num_bikes_available: 7, num_docks_available: 9 } });
  await find("range-hour").click();
  await has_text(page, "chart-words", /last hour/);
  await find("range-day").click();
  await has_text(page, "chart-words", /^Bikes, last day: \d+ to \d+\. /);
  await find("range-week").click();
  await has_text(page, "chart-words", /last week/);
  await find("chart-field").selectOption("num_docks_available");
  await has_text(page, "chart-words", /^Free docks, last week/);
  await find("range-year").click(); // hours and days, not single readings
  await has_text(page, "chart-words", /^Free docks, last year: \d+(\.\d)? to \d+/);
});

test("the forecast is a line where it is shown, with how far off it usually is, and no line where it is not", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=bike-0" });
  const { num_bikes_available: bikes, num_docks_available: docks } = stub.rows.get("bike-0").streams.bike_status.values;
  await find("forecast").waitFor({ timeout: kSlowMs });
  const things = (count, one, more) => `${count} ${count === 1 ? one : more} (±1.0)`;
  assert.equal(await find("forecast").textContent(), `In 60 min about ${things(Math.max(0, bikes - 2), "bike", "bikes")}, ${things(docks + 1, "free dock", "free docks")}.`);
  assert.match(await find("forecast").getAttribute("title"), /0\.98 where “same as now” was off by 1\.11/);

  stub.forecast_shown = false;
  const answered = page.waitForResponse((response) => response.url().endsWith("/bike-1/forecast"));
  await page.evaluate(() => (location.hash = "#station=bike-1"));
  await (await answered).finished();
  await page.waitForFunction(() => document.querySelector('[data-testid="popup"]')?.dataset.station === "bike-1", null, { timeout: kSlowMs });
  await has_text(page, "chart-words", /last day/);
  assert.equal(await find("forecast").isVisible(), false);
});

test("a new reading goes to the end of the open chart", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=bike-0" });
  await has_text(page, "chart-words", /last day: \d+ to \d+/);
  stub.set("bike-0", "num_bikes_available", 99);
  await has_text(page, "chart-words", /last day: \d+ to 99/);
  await find("popup").waitFor();
});

test("a station goes silent while it is watched: figures fade, the words say since when, the map shows a ring", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=bike-0" });
  await find("popup").waitFor();
  const weight = () => find("value-num_bikes_available").evaluate((element) => getComputedStyle(element).fontWeight);
  assert.equal(await weight(), "700");
  const row = structuredClone(stub.rows.get("bike-0"));
  row.state = row.streams.bike_status.state = "silent";
  row.observed_at = row.streams.bike_status.observed_at = new Date(Date.now() - 7_500_000).toISOString();
  stub.publish([row]);
  await has_text(page, "popup-state", /Silent/);
  assert.equal(await find("popup-age").textContent(), "2 h 5 min ago");
  assert.match(await find("popup-note").textContent(), /Not live/);
  assert.equal(await weight(), "400");
  await page.waitForFunction(() => window.wayside.drawn("bike-0")?.state === "silent", null, { timeout: kSlowMs });
});

test("the rail board: a line's stations in order, trains in both directions, people in today; a train moves live", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#panel=lines" });
  const names = () => find("board").locator("th button").allTextContents();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="board"] tr').length > 3, null, { timeout: kSlowMs });
  assert.deepEqual(await names(), ["West Gate", "Mill Road", "Canal Street", "Union", "Harbour", "East Pier"]);
  const train = stub.trains.find((train) => train.line === "blue" && train.status === "in_service");
  const row_of = () => page.locator(`[data-testid="board"] [data-train="${train.vehicle_id}"]`).evaluate((chip) => chip.closest("tr").dataset.station);
  assert.equal(await row_of(), train.stops[train.at]);
  stub.publish([stub.put_arrival(train)]);
  await page.waitForFunction(([id, station]) => document.querySelector(`[data-testid="board"] [data-train="${id}"]`)?.closest("tr").dataset.station === station, [train.vehicle_id, train.stops[train.at]], { timeout: kSlowMs });
  await page.waitForFunction(() => [...document.querySelectorAll(".people b")].some((count) => Number(count.textContent.replace(/\D/g, "")) > 0), null, { timeout: kSlowMs });
  assert.ok((await page.locator(".people polyline").first().getAttribute("points")).length > 0);

  await find("line-red").click();
  await page.waitForFunction(() => document.querySelector('[data-testid="board"] th button')?.textContent === "North End", null, { timeout: kSlowMs });
  await hash_has(page, "panel=lines&line=red");
  const broken = stub.trains.find((train) => train.status === "broken_down");
  await find(`line-${broken.line}`).click();
  await page.locator(`[data-testid="board"] [data-train="${broken.vehicle_id}"]`).filter({ hasText: "broken down" }).waitFor({ timeout: kSlowMs });
});
