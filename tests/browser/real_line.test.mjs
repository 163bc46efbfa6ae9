// Proves in a real Chromium, on a running line, what an operator sees there: an item that the bridge has refused, with reason and
// bytes, a station's ledger in one line, and the map as it was yesterday. tests/e2e/page_test.py starts the line and says what to look for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, watched_page } from "./chromium.mjs";

const kUrl = process.env.WAYSIDE_CENTRAL_URL;
const kWaitMs = 30_000;

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

async function open(t, hash = "") {
  const { page, complaints } = await watched_page(browser, kUrl);
  t.after(() => page.close());
  await page.goto(new URL(`/${hash}`, kUrl).href);
  await page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: kWaitMs });
  return { page, complaints, find: (id) => page.locator(`[data-testid="${id}"]`) };
}

test("an item that the bridge has refused is in the list with reason and bytes", async (t) => {
  const { page, find, complaints } = await open(t);
  await find("pipeline-button").click();
  const item = page.locator(`[data-reason="${process.env.WAYSIDE_BAD_REASON}"]`);
  await item.waitFor({ timeout: kWaitMs });
  assert.equal(await item.locator("pre").textContent(), process.env.WAYSIDE_BAD_BYTES);
  assert.match(await item.textContent(), /by bridge at/);
  await item.getByRole("button", { name: "Replay" }).click(); // off by default: central's words are shown
  await find("quarantine-message").filter({ hasText: "http.operator_actions" }).waitFor({ timeout: kWaitMs });
  assert.equal(await find("pipeline-error").isVisible(), false);
  assert.deepEqual(complaints.filter((text) => !/403/.test(text)), []);
});

test("a station's ledger is one line", async (t) => {
  const { find, complaints } = await open(t, `#station=${encodeURIComponent(process.env.WAYSIDE_STATION)}`);
  await find("popup-ledger").waitFor({ timeout: kWaitMs });
  assert.equal(await find("popup-ledger").textContent(), process.env.WAYSIDE_LEDGER_LINE);
  assert.deepEqual(complaints, []);
});

test("scrub to yesterday 08:00, play, and back to live", async (t) => {
  const { page, find, complaints } = await open(t, "#map=13/41.9/-87.6&station=p1");
  const eight = Date.parse(process.env.WAYSIDE_EIGHT);
  const bikes = (id) => page.evaluate((id) => window.wayside.station(id).streams.bike_status?.values.num_bikes_available, id);
  const state = (id) => page.evaluate((id) => window.wayside.station(id).state, id);
  const shows = (at_ms) => page.waitForFunction((at_ms) => window.wayside.past === at_ms && window.wayside.settled, at_ms, { timeout: kWaitMs });
  assert.equal(await bikes("p1"), 3);
  await find("time-button").click();
  await find("time-day-before").click();
  await find("time-slider").press("Home");
  for (let hour = 0; hour < 8; hour += 1) await find("time-slider").press("PageUp");
  await shows(eight);
  assert.match(await find("past-words").textContent(), /^Not live: .*08:00/);
  assert.deepEqual([await bikes("p1"), await state("p1"), await state("p2")], [12, "live", "never"], "p2 reported nothing before 08:30");
  assert.equal(await page.evaluate(() => window.wayside.drawn("p1").figure), "12");

  await find("time-speed").selectOption("5");
  await find("time-play").click();
  await page.waitForFunction((eight) => window.wayside.past >= eight + 300_000, eight, { timeout: kWaitMs });
  await page.waitForFunction(() => window.wayside.station("p1").streams.bike_status.values.num_bikes_available === 5, null, { timeout: kWaitMs });
  await page.waitForFunction(() => window.wayside.station("p1").state === "silent", null, { timeout: kWaitMs }); // it fell silent at 08:10
  await find("time-play").click();

  await find("to-live").click();
  await page.waitForFunction(() => window.wayside.past === null && window.wayside.settled && !location.hash.includes("at="), null, { timeout: kWaitMs });
  assert.equal(await bikes("p1"), 3);
  assert.deepEqual(complaints, []);
});
