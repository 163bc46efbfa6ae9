// Proves in a real Chromium that any minute of the past can be shown: by keyboard, slider, day and address; that it plays; that nobody takes
// it for the present; and that the way back to live is one click after which nothing is stale. Against the stub server;
// past.real.mjs does the same on a real line.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { hash_has, kSlowMs, shared_browser } from "./page_case.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kMinute = 60_000;
const shared = shared_browser();
before(shared.start);
after(shared.stop);

const past_is = (page, at_ms) => page.waitForFunction((at_ms) => window.wayside.past === at_ms && window.wayside.settled, at_ms, { timeout: kSlowMs });
const bikes_of = (page, id) => page.evaluate((id) => window.wayside.station(id).streams.bike_status.values.num_bikes_available, id);
/** Midnight of the day `days` ago, in this machine's zone, which is the browser's. */
const midnight = (days) => new Date(new Date().setHours(0, 0, 0, 0) - days * 24 * 60 * kMinute + 12 * 60 * kMinute).setHours(0, 0, 0, 0);

test("scrub to yesterday 08:00 by keyboard, and back to live in one click with nothing stale", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=bike-0" });
  await find("time-button").click();
  await find("time-day-before").click();
  await find("time-slider").focus();
  await page.keyboard.press("Home");
  for (let hour = 0; hour < 8; hour += 1) await page.keyboard.press("PageUp");
  const eight = midnight(1) + 8 * 60 * kMinute;
  await past_is(page, eight);
  await hash_has(page, `at=${encodeURIComponent(new Date(eight).toISOString().slice(0, 16) + "Z")}`);
  assert.match(await find("past-words").textContent(), /^Not live: .*08:00.* \(.+\)$/);
  assert.match(await find("time-slider").getAttribute("aria-valuetext"), /08:00/);
  assert.match(await page.locator('[data-testid="popup"]').textContent(), /\d+ s ago/, "ages are as of then");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await past_is(page, eight + kMinute);
  const then = await bikes_of(page, "bike-0");

  // What happens now goes on unseen.
  stub.set("bike-0", "num_bikes_available", 77);
  stub.set("bike-1", "num_bikes_available", 78);
  stub.publish([], ["bike-2"]);
  await page.waitForFunction(() => window.wayside.live("bike-1").streams.bike_status.values.num_bikes_available === 78 && window.wayside.live("bike-2") === null, null, { timeout: kSlowMs });
  assert.equal(await bikes_of(page, "bike-0"), then);
  assert.notEqual(await page.evaluate(() => window.wayside.station("bike-2")), null);

  await find("to-live").click();
  await page.waitForFunction(() => window.wayside.past === null && window.wayside.settled, null, { timeout: kSlowMs });
  assert.deepEqual([await bikes_of(page, "bike-0"), await bikes_of(page, "bike-1"), await page.evaluate(() => window.wayside.station("bike-2"))], [77, 78, null]);
  await page.waitForFunction(() => window.wayside.drawn("bike-0")?.figure === "77" && !location.hash.includes("at="), null, { timeout: kSlowMs });
  assert.equal(await find("past").isVisible(), false);
  stub.set("bike-0", "num_bikes_available", 76);
  await page.waitForFunction(() => window.wayside.station("bike-0").streams.bike_status.values.num_bikes_available === 76, null, { timeout: kSlowMs });
});

test("an address shows its minute; it plays, reads ahead, and ends at live", async (t) => {
  const at = midnight(1) + 9 * 60 * kMinute;
  const { page, stub, find } = await shared.open(t, { hash: `#at=${new Date(at).toISOString()}`, viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  await past_is(page, at);
  assert.equal(await find("time").isVisible(), true);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "it is wider than a phone");
  await page.evaluate(kAxe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);

  await find("time-speed").selectOption("15");
  await find("time-play").click();
  await page.waitForFunction((at) => window.wayside.past >= at, at + 2 * 15 * kMinute, { timeout: kSlowMs });
  const asked = stub.pictures.map((text) => Date.parse(text));
  assert.ok(Math.max(...asked) > (await page.evaluate(() => window.wayside.past)), "nothing was asked for ahead");
  await find("time-play").click();
  assert.equal(await find("time-play").getAttribute("aria-label"), "Play");

  // Near now the play ends at live.
  await find("time-date").fill(new Date().toLocaleDateString("sv-SE"));
  await find("time-slider").press("End");
  await page.waitForFunction(() => Date.now() - window.wayside.past < 2 * 60_000, null, { timeout: kSlowMs });
  await find("time-play").click();
  await page.waitForFunction(() => window.wayside.past === null, null, { timeout: kSlowMs });
});

test("a picture that central cannot give is told, and live is one click away", async (t) => {
  const { page, find } = await shared.open(t, { expected: [/503/] });
  await page.route(/api\/v1\/picture/, (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ title: "Busy", detail: "too many questions" }) }));
  await find("time-button").click();
  await find("time-slider").press("ArrowLeft");
  await find("past-note").filter({ hasText: "No picture: Busy: too many questions" }).waitFor({ timeout: kSlowMs });
  assert.equal(await page.evaluate(() => window.wayside.past), null, "the present is shown until there is a picture");
  await find("to-live").click();
  await find("past").waitFor({ state: "hidden" });
  assert.equal(await find("time-slider").evaluate((element) => element === document.activeElement), true);
});
