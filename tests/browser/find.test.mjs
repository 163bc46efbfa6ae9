// Proves in a real Chromium that people find what they need: a bike near them, near a spot they point at, a street, an
// address; and that the page says why when it cannot.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hash_has, kSlowMs, settled, shared_browser } from "./page_case.mjs";

const shared = shared_browser();
before(shared.start);
after(shared.stop);

const kSpot = { latitude: 41.88, longitude: -87.64 };
const rows_of = (page) => page.locator('[data-testid="rows"] tr').evaluateAll((rows) => rows.map((row) => ({ id: row.dataset.station, state: row.dataset.state, distance: row.querySelector(".row-age span").textContent })));
const metres = (text) => (text.endsWith(" km") ? 1000 : 1) * Number.parseFloat(text);

test("a bike near me: allowed to know where I am, I get live stations with bikes, nearest first, and the way into the map", async (t) => {
  const { page, stub, find } = await shared.open(t, { geolocation: kSpot, permissions: ["geolocation"] });
  await find("list-button").click();
  await find("near-me").click();
  await find("near-radius").selectOption("2000");
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="rows"] tr').length > 3, null, { timeout: kSlowMs });
  const rows = await rows_of(page);
  const far = rows.map((row) => metres(row.distance));
  assert.deepEqual(far, [...far].sort((a, b) => a - b));
  assert.ok(far.every((m) => m <= 2000), `${far}`);
  for (const { id, state } of rows) {
    assert.ok(state === "live" || state === "late", `${id} is ${state}`);
    assert.ok(stub.rows.get(id).streams.bike_status.values.num_bikes_available >= 1);
  }
  await find("near-count").selectOption("5");
  await page.waitForFunction((n) => document.querySelectorAll('[data-testid="rows"] tr').length < n, rows.length, { timeout: kSlowMs });
  await hash_has(page, "near=41.88/-87.64/2000/5");
  await page.reload(); // the search is in the address
  await settled(page);
  const again = await rows_of(page);
  for (const { id } of again) assert.ok(stub.rows.get(id).streams.bike_status.values.num_bikes_available >= 5);
  await page.locator('[data-testid="rows"] button').first().click();
  await find("popup").waitFor();
  assert.equal(await find("popup").getAttribute("data-station"), again[0].id);
});

test("a right click on the map finds free docks near there", async (t) => {
  const { page, stub, find } = await shared.open(t, { hash: "#map=14/41.88/-87.64&want=docks" });
  const box = await find("map").boundingBox();
  await page.mouse.click(box.x + box.width / 2 + 40, box.y + box.height / 2 + 30, { button: "right" });
  await find("near-radius").selectOption("2000");
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="rows"] tr').length > 0, null, { timeout: kSlowMs });
  for (const { id } of await rows_of(page)) assert.ok(stub.rows.get(id).streams.bike_status.values.num_docks_available >= 1);
});

test("a finger held on the map finds bikes near there", async (t) => {
  const { page, find } = await shared.open(t, { hash: "#map=14/41.88/-87.64", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const touch = await page.context().newCDPSession(page);
  const point = { x: 200, y: 400 };
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
  await find("near-terms").or(find("near-count")).first().waitFor({ timeout: kSlowMs });
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await hash_has(page, "near=");
});

test("near here: a click chooses the spot, on a narrow screen too", async (t) => {
  const { page, find } = await shared.open(t, { hash: "#map=14/41.88/-87.64", viewport: { width: 390, height: 844 } });
  await find("list-button").click();
  await find("near-here").click();
  assert.equal(await find("list").isVisible(), false, "the list hides the map that is to be clicked");
  const box = await find("map").boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await find("near-count").waitFor();
  await hash_has(page, "near=");
  assert.equal(await find("popup").count(), 0, "the click has also opened a station");
});

test("near the map's centre, by keyboard alone", async (t) => {
  const { page, find } = await shared.open(t, { hash: "#map=14/41.88/-87.64" });
  await page.keyboard.press("/");
  for (const id of ["near-here", "near-centre"]) {
    while (!(await find(id).evaluate((element) => element === document.activeElement))) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
  }
  await hash_has(page, "near=41.88/-87.64/500/1");
});

test("on plain http away from this machine, near me says why it cannot and offers near here", async (t) => {
  const { find } = await shared.open(t, { host: "wayside.test" });
  await find("list-button").click();
  await find("near-me").click();
  await find("near-message").filter({ hasText: "https" }).waitFor();
  assert.match(await find("near-message").textContent(), /Near here/);
});

test("a browser that may not tell is told so", async (t) => {
  const { find } = await shared.open(t, { permissions: [] });
  await find("list-button").click();
  await find("near-me").click();
  await find("near-message").filter({ hasText: /not allowed|does not know/ }).waitFor({ timeout: kSlowMs });
});

test("when nothing is near it says so and offers a wider circle", async (t) => {
  const { page, find } = await shared.open(t, { hash: "#panel=list&near=41.99/-87.64/500/1" });
  await find("near-message").filter({ hasText: "No station with at least 1 bike within 500 m." }).waitFor({ timeout: kSlowMs });
  for (const words of ["1.0 km", "2.0 km"]) {
    await find("near-wider").filter({ hasText: words }).waitFor();
    await find("near-wider").click();
  }
  await hash_has(page, "/2000/1");
});

test("a street is found over its stations, and shown as a whole", async (t) => {
  const { page, find } = await shared.open(t, {
    before_goto: (_, stub) => {
      for (const [id, name] of [["bike-0", "Zeppelin St & A Ave"], ["bike-1", "Zeppelin St & B Ave"], ["bike-2", "B Ave & C St"]]) stub.publish([{ ...stub.rows.get(id), name }]);
    },
  });
  await page.keyboard.press("/");
  await page.keyboard.type("zeppelin");
  const chip = find("streets").locator("button");
  await chip.filter({ hasText: "Zeppelin St: 2 stations" }).waitFor();
  await chip.click();
  for (const id of ["bike-0", "bike-1"]) await page.waitForFunction((id) => window.wayside.drawn(id) !== null, id, { timeout: kSlowMs });
});

test("a name that nothing has is told, with what else to do", async (t) => {
  const { page, find } = await shared.open(t);
  await page.keyboard.press("/");
  await page.keyboard.type("1 Nowhere Lane");
  await page.keyboard.press("Enter");
  await find("found").filter({ hasText: "No station or street is called “1 Nowhere Lane”" }).waitFor();
});
