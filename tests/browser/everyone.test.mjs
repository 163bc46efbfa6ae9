// Proves in a real Chromium that the page serves everybody: no violation that axe-core finds in any view, light or dark, wide
// or narrow; the keyboard alone; a lost connection, and none at all; units; how much the page weighs and how busy it is.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { load, weight } from "./page_bench.mjs";
import { hash_has, kSlowMs, settled, shared_browser } from "./page_case.mjs";

const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shared = shared_browser();
before(shared.start);
after(shared.stop);

async function violations(page) {
  await page.evaluate(kAxe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any.map((check) => check.message).join("; ").slice(0, 160)}`));
}

const kViews = { map: "", find: "#panel=list&near=41.88/-87.64/2000/1", lines: "#panel=lines", pipeline: "#panel=pipeline", station: "#station=bike-0", silent: "#station=bike-4" };

for (const [size, viewport] of Object.entries({ wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds no violation, ${size} and ${colorScheme}`, async (t) => {
      const { page, stub } = await shared.open(t, { viewport, colorScheme });
      for (const [view, hash] of Object.entries(kViews)) {
        await page.goto("about:blank");
        await page.goto(stub.url + hash);
        await settled(page);
        await page.locator('[data-testid="legend"] summary').waitFor({ state: "attached" });
        if (view === "lines") await page.locator('[data-testid="board"] tr').first().waitFor();
        if (view === "pipeline") await page.locator('[data-testid="item-3"]').waitFor();
        if (view === "station") await page.locator('[data-testid="chart"] canvas').waitFor();
        assert.deepEqual(await violations(page), [], view);
      }
    });
  }
}

test("keyboard alone: a bike near the map's centre, its station, and back", async (t) => {
  const { page, find } = await shared.open(t, { hash: "#map=12/41.88/-87.64" });
  const focused = (id) => find(id).evaluate((element) => element === document.activeElement);
  const tab_to = async (id) => {
    for (let i = 0; i < 40 && !(await focused(id)); i += 1) await page.keyboard.press("Tab");
    assert.ok(await focused(id), `Tab does not reach ${id}`);
  };
  await tab_to("want-docks");
  await page.keyboard.press("Enter");
  await hash_has(page, "want=docks");
  await page.keyboard.press("/");
  await tab_to("near-here");
  await page.keyboard.press("Enter");
  await tab_to("near-centre");
  await page.keyboard.press("Enter");
  await hash_has(page, "near=");
  await find("near-radius").focus();
  await page.keyboard.type("5");
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="rows"] tr').length > 0, null, { timeout: kSlowMs });
  await page.locator('[data-testid="rows"] button').first().focus();
  await page.keyboard.press("Enter");
  await find("popup").waitFor();
  assert.ok(await page.evaluate(() => document.activeElement.closest('[data-testid="station"]') !== null), "focus is not in the station's panel");
  await page.keyboard.press("Escape");
  await find("popup").waitFor({ state: "detached" });
  assert.ok(await focused("list-button"), "focus is lost");
});

test("the map answers the keyboard", async (t) => {
  const { page } = await shared.open(t, { hash: "#map=12/41.88/-87.64" });
  await page.locator(".maplibregl-canvas").focus();
  await page.keyboard.press("+");
  await hash_has(page, "map=13/");
});

test("imperial units everywhere, kept in this browser", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#station=weather-0" });
  await find("legend").locator("summary").waitFor();
  assert.match(await find("value-air_temperature_C").textContent(), /°C$/);
  await find("units").selectOption("imperial");
  await page.waitForFunction(() => /°F$/.test(document.querySelector('[data-testid="value-air_temperature_C"]').textContent), null, { timeout: kSlowMs });
  const fahrenheit = String(Math.round(stub.rows.get("weather-0").streams.weather.values.air_temperature_C * 1.8 + 32));
  await page.waitForFunction((figure) => window.wayside.drawn("weather-0")?.figure === figure, fahrenheit, { timeout: kSlowMs });
  await page.reload();
  await settled(page);
  assert.match(await find("value-air_temperature_C").textContent(), /°F$/);
});

test("the connection is lost for long: nothing old stays live; when it is back, what central says holds", async (t) => {
  const { page, stub } = await shared.open(t, { expected: [/503|ERR_/] });
  await page.waitForFunction(() => window.wayside.station("bike-0").state === "live");
  await page.clock.install();
  stub.cut(true);
  await page.waitForSelector('[data-testid="link"][data-link="reconnecting"]', { timeout: kSlowMs });
  await page.clock.fastForward("26:00"); // bike stations report every 5 minutes
  await page.waitForFunction(() => window.wayside.station("bike-0").state === "silent", null, { timeout: kSlowMs });
  await page.locator('[data-testid="notice"]').filter({ hasText: /No connection to central.*(2[5-9]|3\d) min/ }).waitFor({ timeout: kSlowMs });
  stub.refuse = false;
  await page.clock.fastForward("01:00");
  await page.waitForFunction(() => window.wayside.station("bike-0").state === "live", null, { timeout: kSlowMs });
});

test("without a connection the page opens from this browser, with the last picture and its age", async (t) => {
  const { page, stub, find } = await shared.open(t, { expected: [/ERR_|Failed to fetch|service worker/i] });
  await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForFunction(async () => (await (await caches.open("wayside-picture")).keys()).length === 1, null, { timeout: kSlowMs });
  const { size } = stub.rows;
  await page.context().setOffline(true);
  stub.cut(true);
  await page.reload();
  await page.waitForFunction((n) => window.wayside?.stations === n, size, { timeout: kSlowMs });
  await find("notice").filter({ hasText: /Showing the picture of \d+ s ago/ }).waitFor({ timeout: kSlowMs });
  stub.refuse = false;
  await page.context().setOffline(false);
  await page.waitForSelector('[data-testid="link"][data-link="live"]', { timeout: kSlowMs });
});

test("the page can be installed", async (t) => {
  const { page, stub } = await shared.open(t);
  const manifest = await (await fetch(new URL(await page.locator('link[rel="manifest"]').getAttribute("href"), stub.url))).json();
  assert.equal(manifest.display, "standalone");
  assert.ok((await fetch(new URL(manifest.icons[0].src, stub.url))).ok);
});

test("with 2,000 stations the page weighs under 700 kB on the wire", async () => {
  const { bytes } = await weight(shared.browser());
  assert.ok(bytes < 700_000 && bytes > 300_000, `${bytes} bytes`);
});

test("10,000 stations, 200 changes a second: long tasks of scripts stay under 5 % of the time, memory does not grow", async () => {
  const result = await load(shared.browser(), { seconds: 15 });
  assert.ok(result.changes_per_s > 100, JSON.stringify(result));
  assert.ok(result.script_share_pct < 5, JSON.stringify(result));
  assert.ok(result.heap_to_mb < result.heap_from_mb * 1.2 + 2, JSON.stringify(result));
});
