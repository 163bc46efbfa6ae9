// Proves that the page in a real Chromium shows what central knows and keeps it current: stations are
// counted and drawn, a delta reaches map and popup in time, the view survives a reload and a broken
// connection, hostile names stay text, and the page talks to its own server only.
//
// With WAYSIDE_CENTRAL_URL set, the tests marked "central" run against that server instead of the
// stub, reading only what its API says; the others need the stub's levers and are skipped.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, watched_page } from "./chromium.mjs";
import { start_stub } from "./stub_server.mjs";

const kCentralUrl = process.env.WAYSIDE_CENTRAL_URL ?? "";
const kStub = kCentralUrl === "";
const stub_only = kStub ? {} : { skip: "needs the stub server" };
/** A limit, not an aim: software WebGL on a shared machine is slow. `./wayside bench` measures the aim. */
const kDeltaMs = 20_000;

let browser;
let stub;
let base_url;

before(async () => {
  if (kStub) stub = await start_stub({ stations: 60, changes: 3 });
  base_url = kStub ? stub.url : new URL("/", kCentralUrl).href;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stub?.close();
});

/** Runs `body` with a loaded page and checks that the page gave no cause for complaint. */
async function with_page(body, { hash = "", expected = [], ...options } = {}) {
  const { page, complaints } = await watched_page(browser, base_url, options);
  try {
    await page.goto(base_url + hash);
    await page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: 30_000 });
    await body(page);
    assert.deepEqual(complaints.filter((text) => !expected.some((pattern) => pattern.test(text))), []);
  } finally {
    await page.close();
  }
}

async function all_stations() {
  const rows = [];
  let cursor = "";
  do {
    const answer = await fetch(`${base_url}api/v1/stations?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.equal(answer.status, 200);
    const page = await answer.json();
    rows.push(...page.stations);
    cursor = page.next_cursor ?? "";
  } while (cursor !== "");
  return rows;
}

const by_test_id = (page, id) => page.locator(`[data-testid="${id}"]`);
const wait_text = (page, id, text, timeout = kDeltaMs) => page.waitForFunction(([id, text]) => document.querySelector(`[data-testid="${id}"]`)?.textContent?.includes(text), [id, text], { timeout });

/** A live bike station near the middle of the stub's city, so that it is in view. */
const kBike = "bike-0";

test("central: every station of the API is in the page, counted by state", async () => {
  await with_page(async (page) => {
    const rows = await all_stations();
    await page.waitForFunction((n) => window.wayside.stations === n, rows.length, { timeout: kDeltaMs });
    assert.ok((await by_test_id(page, "totals").textContent()).includes(new Intl.NumberFormat().format(rows.length)));
    const counts = await page.locator('[data-testid^="count-"]').allTextContents();
    assert.equal(counts.reduce((sum, text) => sum + Number(text.replace(/\D/g, "")), 0), rows.length);
  });
});

test("central: the connection is live and the last update is counted in seconds", async () => {
  await with_page(async (page) => {
    await page.waitForSelector('[data-testid="link"][data-link="live"]');
    assert.match(await by_test_id(page, "updated").textContent(), /^updated \d+ (s|min) ago$/);
    assert.notEqual(await page.evaluate(() => window.wayside.lastEventId), "");
  });
});

test("central: a station's popup says name, state and age", async () => {
  const row = (await all_stations())[0];
  await with_page(
    async (page) => {
      await by_test_id(page, "popup").waitFor();
      assert.equal(await by_test_id(page, "popup-name").textContent(), row.name);
      assert.notEqual(await by_test_id(page, "popup-state").textContent(), "");
      assert.match(await by_test_id(page, "popup-age").textContent(), /ago|never|future/);
    },
    { hash: `#station=${encodeURIComponent(row.station_id)}` },
  );
});

test("central: the pipeline panel shows ledger totals", async () => {
  await with_page(async (page) => {
    await by_test_id(page, "pipeline-button").click();
    await by_test_id(page, "fact-accepted").waitFor({ timeout: kDeltaMs });
    assert.match(await by_test_id(page, "fact-received").textContent(), /\d/);
    assert.equal(await by_test_id(page, "pipeline-error").isVisible(), false);
  });
});

test("central: what changes in the API changes in the page without a reload", async (t) => {
  if (kStub) return t.skip("the stub's own delta test is stricter");
  await with_page(async (page) => {
    const first = await page.evaluate(() => window.wayside.lastEventId);
    await page.waitForFunction((id) => window.wayside.lastEventId !== id, first, { timeout: 60_000 });
    const newest = (await all_stations()).filter((row) => row.observed_at !== null).sort((a, b) => b.observed_at.localeCompare(a.observed_at))[0];
    const shown = ({ id, at }) => (window.wayside.station(id)?.observed_at ?? "") >= at;
    await page.waitForFunction(shown, { id: newest.station_id, at: newest.observed_at }, { timeout: kDeltaMs });
  });
});

test("a delta moves a station on the map and in the open popup", stub_only, async () => {
  await with_page(
    async (page) => {
      await by_test_id(page, "popup").waitFor();
      await page.evaluate(() => document.querySelector('[data-testid="popup"]').setAttribute("data-same", "yes"));
      const started = Date.now();
      stub.set(kBike, "num_bikes_available", 77);
      await wait_text(page, "value-num_bikes_available", "77");
      await page.waitForFunction((id) => window.wayside.drawn(id)?.figure === "77", kBike, { timeout: kDeltaMs - (Date.now() - started) });
      assert.equal(await by_test_id(page, "popup").getAttribute("data-same"), "yes", "the popup was rebuilt");
    },
    { hash: `#station=${kBike}` },
  );
});

test("a station that falls silent is drawn as silent and says so", stub_only, async () => {
  await with_page(
    async (page) => {
      stub.set("bike-1", "num_bikes_available", 3, "silent");
      await wait_text(page, "popup-state", "Silent");
      await page.waitForFunction(() => window.wayside.drawn("bike-1")?.state === "silent", null, { timeout: kDeltaMs });
      assert.equal((await page.evaluate(() => window.wayside.drawn("bike-1"))).figure, "");
      assert.ok(await by_test_id(page, "popup-note").isVisible());
    },
    { hash: "#station=bike-1" },
  );
});

test("a removed station leaves map, counts and popup", stub_only, async () => {
  const before_count = stub.rows.size;
  await with_page(
    async (page) => {
      await by_test_id(page, "popup").waitFor();
      stub.publish([], ["rail-0"]);
      await page.waitForFunction((n) => window.wayside.stations === n, before_count - 1, { timeout: kDeltaMs });
      await by_test_id(page, "popup").waitFor({ state: "detached" });
    },
    { hash: "#station=rail-0" },
  );
});

test("view and selection survive a reload, and updates do not move the map", stub_only, async () => {
  const place = "map=13.5/41.875/-87.65";
  await with_page(
    async (page) => {
      stub.cut();
      stub.set(kBike, "num_bikes_available", 55);
      await wait_text(page, "value-num_bikes_available", "55"); // the connection is back, and the update is drawn
      await page.waitForFunction((id) => window.wayside.drawn(id)?.figure === "55", kBike, { timeout: kDeltaMs });
      await page.reload();
      await by_test_id(page, "popup").waitFor();
      const hash = new URL(page.url()).hash;
      assert.ok(hash.includes(place), hash);
      assert.ok(hash.includes(`station=${kBike}`), hash);
    },
    { hash: `#${place}&station=${kBike}`, expected: [/ERR_|EventSource/] },
  );
});

test("a lost connection is said, the picture stays, and missed changes arrive on return", stub_only, async () => {
  await with_page(
    async (page) => {
      const stations = await page.evaluate(() => window.wayside.stations);
      stub.cut(true);
      await page.waitForSelector('[data-testid="link"][data-link="reconnecting"]', { timeout: kDeltaMs });
      assert.equal(await page.evaluate(() => window.wayside.stations), stations);
      await by_test_id(page, "notice").waitFor({ timeout: kDeltaMs + 3000 });
      while (stub.refused === 0) await page.waitForTimeout(50); // the browser itself gives up at this answer
      const { snapshots } = stub;
      stub.set(kBike, "num_bikes_available", 66);
      stub.refuse = false;
      await page.waitForSelector('[data-testid="link"][data-link="live"]', { timeout: 15_000 });
      await page.waitForFunction((id) => window.wayside.station(id).streams.bike_status.values.num_bikes_available === 66, kBike, { timeout: kDeltaMs });
      assert.equal(await by_test_id(page, "notice").isVisible(), false);
      assert.equal(stub.snapshots, snapshots, "did not resume but took a new snapshot");
    },
    { expected: [/503|ERR_/] },
  );
});

test("a click on the map opens the station under the pointer", stub_only, async () => {
  await with_page(
    async (page) => {
      const box = await by_test_id(page, "map").boundingBox();
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await by_test_id(page, "popup").waitFor({ timeout: kDeltaMs });
      assert.equal(await by_test_id(page, "popup").getAttribute("data-station"), kBike);
      await page.keyboard.press("Escape");
      await by_test_id(page, "popup").waitFor({ state: "detached" });
    },
    { hash: `#map=17/${stub?.rows.get(kBike).lat}/${stub?.rows.get(kBike).lon}` },
  );
});

test("the list finds by name and opens the same popup, by keyboard alone", stub_only, async () => {
  const { name } = stub.rows.get("weather-0");
  await with_page(async (page) => {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // "Skip to the station list"
    await page.keyboard.type(name.toLowerCase());
    await wait_text(page, "found", "1 station");
    await page.keyboard.press("Enter"); // the only one that is found
    await by_test_id(page, "popup").waitFor();
    assert.equal(await by_test_id(page, "popup-name").textContent(), name);
    assert.match(await by_test_id(page, "value-air_temperature_C").textContent(), /°C$/);
    assert.ok(await page.evaluate(() => document.activeElement.closest('[data-testid="station"]') !== null), "focus is not in the station's panel");
  });
});

test("a hostile name stays text", stub_only, async () => {
  const name = '<img src=x onerror="window.stolen=1"><b>dock</b>';
  stub.publish([{ ...stub.rows.get("bike-2"), name }]);
  await with_page(
    async (page) => {
      await by_test_id(page, "popup").waitFor();
      assert.equal(await by_test_id(page, "popup-name").textContent(), name);
      await by_test_id(page, "list-button").click();
      await page.waitForFunction((name) => document.querySelector('[data-testid="rows"]')?.textContent.includes(name), name);
      assert.equal(await page.evaluate(() => window.stolen), undefined);
      assert.equal(await page.locator('[data-testid="popup"] img, [data-testid="rows"] img').count(), 0);
    },
    { hash: "#station=bike-2" },
  );
});

test("an invisible name gives way to the id, and one that turns text around does not", stub_only, async () => {
  stub.publish([{ ...stub.rows.get("bike-3"), name: " \u202e\u00a0\t" }, { ...stub.rows.get("bike-4"), name: "Quay\u202eelbuort" }]);
  for (const [id, name] of [["bike-3", "bike-3"], ["bike-4", "Quayelbuort"]]) {
    await with_page(
      async (page) => {
        await by_test_id(page, "popup").waitFor();
        assert.equal(await by_test_id(page, "popup-name").textContent(), name);
      },
      { hash: `#station=${id}` },
    );
  }
});

test("a narrow screen shows map, sheet and panels without sideways scrolling", stub_only, async () => {
  await with_page(
    async (page) => {
      await by_test_id(page, "popup").waitFor();
      const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
      assert.ok(await fits());
      await by_test_id(page, "pipeline-button").click();
      assert.ok(await fits());
      await by_test_id(page, "list-button").click();
      assert.ok(await fits());
      assert.equal(await by_test_id(page, "pipeline").isVisible(), false, "two panels at once");
    },
    { hash: `#station=${kBike}`, viewport: { width: 390, height: 844 } },
  );
});

test("colours follow the system from light to dark without a reload", stub_only, async () => {
  await with_page(async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await ground(), light);
    await page.waitForFunction(() => window.wayside.settled);
  });
});

test("the view follows stations that appear at a first start, until the reader moves it", stub_only, async () => {
  const own = await start_stub({ stations: 8, changes: 0 });
  const rows = [...own.rows.values()].filter((row) => row.kind === "bike");
  own.rows.clear();
  const { page, complaints } = await watched_page(browser, own.url);
  const add = (row, lon) => own.publish([{ ...row, lat: 41.9, lon }]);
  const in_view = (id) => page.waitForFunction((id) => window.wayside.drawn(id) !== null, id, { timeout: kDeltaMs });
  try {
    await page.goto(own.url);
    await page.waitForSelector('[data-testid="link"][data-link="live"]');
    add(rows[0], -87.7);
    await in_view(rows[0].station_id);
    add(rows[1], -87.2);
    await in_view(rows[1].station_id);
    await page.locator(".maplibregl-ctrl-zoom-in").click();
    add(rows[2], -80);
    add({ ...rows[0], station_id: "later" }, -87.45); // within the view: once it is drawn, what came before has been taken in
    await in_view("later");
    await page.waitForFunction(() => window.wayside.stations === 4 && window.wayside.settled, null, { timeout: kDeltaMs });
    assert.equal(await page.evaluate((id) => window.wayside.drawn(id), rows[2].station_id), null, "the map jumped");
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
    await own.close();
  }
});

test("without WebGL the list takes the map's place", stub_only, async () => {
  const { page } = await watched_page(browser, base_url);
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
    };
  });
  await page.goto(base_url);
  await by_test_id(page, "banner").waitFor({ timeout: kDeltaMs });
  await page.waitForFunction(() => document.querySelectorAll('[data-testid="rows"] tr').length > 10, null, { timeout: kDeltaMs });
  await page.close();
});
