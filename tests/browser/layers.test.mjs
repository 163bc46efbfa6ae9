// Proves in a real Chromium that the map's layers do what the legend says: clusters with counts and states, colours that
// turn with what is wanted, layers and states that come and go and survive a reload, trains that move along their line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hash_has, kSlowMs, settled, shared_browser } from "./page_case.mjs";

const shared = shared_browser();
before(shared.start);
after(shared.stop);

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

test("far out, 2,000 stations are clusters that count every one and tell their states; a click goes closer", async (t) => {
  const { page, stub } = await shared.open(t, { city: { stations: 2000 }, hash: "#map=8.5/41.88/-87.64&layers=bike" });
  await page.waitForFunction(() => window.wayside.clusters().length > 0, null, { timeout: kSlowMs });
  const clusters = await page.evaluate(() => window.wayside.clusters());
  const bikes = [...stub.rows.values()].filter((row) => row.kind === "bike");
  const clustered = sum(clusters.map((cluster) => cluster.point_count));
  assert.ok(clustered > 0.95 * bikes.length && clustered <= bikes.length, `${clustered} of ${bikes.length} in clusters`);
  const silent = sum(clusters.map((cluster) => cluster.n_silent));
  assert.ok(silent > 0 && silent <= bikes.filter((row) => row.state === "silent").length);
  for (const cluster of clusters) assert.equal(sum(["live", "late", "silent", "never", "out_of_service", "bad_clock"].map((state) => cluster[`n_${state}`])), cluster.point_count);

  const [largest] = clusters.sort((a, b) => b.point_count - a.point_count);
  await page.mouse.click(largest.pixel.x, largest.pixel.y);
  await page.waitForFunction(() => Number(/map=([\d.]+)/.exec(location.hash)?.[1]) > 9, null, { timeout: kSlowMs });
});

test("a station that falls silent is seen in its cluster", async (t) => {
  const { page, stub } = await shared.open(t, { city: { stations: 400 }, hash: "#map=8.5/41.88/-87.64" });
  const silent = () => window.wayside.clusters().reduce((total, cluster) => total + cluster.n_silent, 0);
  await page.waitForFunction(() => window.wayside.clusters().length > 0, null, { timeout: kSlowMs });
  const before_count = await page.evaluate(silent);
  const live = [...stub.rows.values()].filter((row) => row.kind === "bike" && row.state === "live").slice(0, 20);
  for (const row of live) stub.set(row.station_id, "num_bikes_available", 3, "silent");
  await page.waitForFunction((n) => window.wayside.clusters().reduce((total, cluster) => total + cluster.n_silent, 0) >= n, before_count + 15, { timeout: kSlowMs });
});

test("who wants docks gets docks as figures, other colours and another legend, also after a reload", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#map=12/41.88/-87.64" });
  const row = stub.rows.get("bike-0");
  const { num_bikes_available: bikes, num_docks_available: docks } = row.streams.bike_status.values;
  assert.notEqual(bikes, docks);
  const shows = (figure) => page.waitForFunction((figure) => window.wayside.drawn("bike-0")?.figure === figure, String(figure), { timeout: kSlowMs });
  await shows(bikes);
  await find("want-docks").click();
  await shows(docks);
  assert.match(await find("legend-want").textContent(), /free docks/);
  await hash_has(page, "want=docks");
  await page.reload();
  await settled(page);
  await shows(docks);
  assert.equal(await find("want-docks").getAttribute("aria-pressed"), "true");
});

test("layers and states are chosen, drawn so, and survive updates and a reload", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#map=12/41.88/-87.64" });
  await page.waitForFunction(() => window.wayside.drawn("bike-0") !== null && window.wayside.drawn("weather-0") !== undefined, null, { timeout: kSlowMs });
  await find("layer-rail").click();
  await find("map-state").selectOption("trouble");
  const only_trouble = () => page.waitForFunction(() => window.wayside.drawn("bike-0") === null && window.wayside.drawn("bike-3") !== null, null, { timeout: kSlowMs });
  const place = (id, fields) => stub.publish([{ ...stub.rows.get(id), lat: 41.881, lon: -87.641, ...fields }]);
  place("bike-3", { state: "late" });
  await only_trouble();
  assert.equal(await page.locator("button.train").count(), 0);
  await hash_has(page, "layers=bike,weather&state=trouble");
  stub.set("bike-0", "num_bikes_available", 5); // a live station changes: it stays out
  stub.set("bike-3", "num_bikes_available", 5, "silent");
  await page.waitForFunction(() => window.wayside.drawn("bike-3")?.state === "silent", null, { timeout: kSlowMs });
  await only_trouble();
  await page.reload();
  await settled(page);
  await only_trouble();
  assert.equal(await page.locator("button.train").count(), 0);
  assert.equal(await find("layer-rail").getAttribute("aria-pressed"), "false");
});

test("a train moves along its line, little by little, to the station that reports it", async (t) => {
  const { page, stub } = await shared.open(t, { hash: "#map=11.5/41.88/-87.64" });
  await page.locator("button.train").first().waitFor({ timeout: kSlowMs });
  const train = stub.trains.find((train) => train.line === "blue" && train.status === "in_service");
  const at = () => page.evaluate((id) => window.wayside.train(id), train.vehicle_id);
  const first = await at();
  stub.publish([stub.put_arrival(train)]);
  const to = stub.rows.get(train.stops[train.at]);
  const seen = new Set();
  for (;;) {
    const [lon, lat] = await at();
    seen.add(`${lon} ${lat}`);
    if (Math.abs(lon - to.lon) + Math.abs(lat - to.lat) < 0.0005) break;
    assert.ok(Math.hypot(lon - first[0], lat - first[1]) < 0.2, "it left the line");
    await page.waitForTimeout(30);
  }
  assert.ok(seen.size >= 3, `it jumped: ${[...seen].join("; ")}`);
  const label = await page.locator(`[data-train="${train.vehicle_id}"]`).getAttribute("aria-label");
  assert.match(label, new RegExp(`Train ${train.vehicle_id}, line blue, direction [ab], in service, last seen at ${to.name}`));
});

test("who wants less motion gets trains at the station that saw them, at once", async (t) => {
  const { page, stub } = await shared.open(t, { hash: "#map=11.5/41.88/-87.64", reducedMotion: "reduce" });
  await page.locator("button.train").first().waitFor({ timeout: kSlowMs });
  const train = stub.trains.find((train) => train.line === "blue" && train.status === "in_service");
  const places = [...stub.rows.values()].filter((row) => row.kind === "rail").map((row) => `${row.lon} ${row.lat}`);
  stub.publish([stub.put_arrival(train)]);
  const to = stub.rows.get(train.stops[train.at]);
  for (let at = ""; at !== `${to.lon} ${to.lat}`; ) {
    at = (await page.evaluate((id) => window.wayside.train(id), train.vehicle_id)).join(" ");
    assert.ok(places.includes(at), `between stations: ${at}`);
    await page.waitForTimeout(50);
  }
});

test("a broken train says so by its mark and its words", async (t) => {
  const { page } = await shared.open(t, { hash: "#map=11.5/41.88/-87.64" });
  const broken = page.locator('button.train[data-status="broken_down"]');
  await broken.waitFor({ timeout: kSlowMs });
  assert.equal(await broken.textContent(), "!");
  assert.match(await broken.getAttribute("aria-label"), /broken down/);
});
