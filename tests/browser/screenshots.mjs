// node screenshots.mjs FOLDER [NAME…]
//
// Takes the pictures of every view, wide and narrow, light and dark, from the stub server's city. README shows some of them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, watched_page } from "./chromium.mjs";
import { start_stub } from "./stub_server.mjs";

const [folder = "shots", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const kSizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
/** What each picture shows: the address, and what is done before it is taken. */
const kViews = {
  map: { hash: "#map=12.6/41.88/-87.64" },
  city: { hash: "#map=10/41.88/-87.64", stations: 2000 },
  find: { hash: "#panel=list&near=41.88/-87.64/1000/3" },
  station: { hash: "#station=bike-0" },
  lines: { hash: "#panel=lines" },
  pipeline: { hash: "#panel=pipeline" },
  past: { hash: `#map=12.6/41.88/-87.64&station=bike-0&at=${new Date(new Date().setHours(8, 0, 0, 0) - 86_400_000).toISOString()}` },
  post: { hash: "#station=weather-0" },
};

const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
const kAlert = { state: "open", station_id: null, agent: null, closed_at: null, closed_because: null };
const kAlerts = [
  { ...kAlert, alert_id: 1, rule: "silent", subject: "station", station_id: "bike-4", detail: "bike_status: no reading", since: ago(130), opened_at: ago(128) },
  { ...kAlert, alert_id: 2, rule: "silent", subject: "agent", agent: "stub-roof", detail: "offline", since: ago(125), opened_at: ago(123) },
  { ...kAlert, alert_id: 3, rule: "outbox", subject: "agent", agent: "stub-posts", detail: "its outbox is 91 % full", since: ago(12), opened_at: ago(12) },
];

const browser = await launch();
const stubs = new Map();
try {
  for (const [name, view] of Object.entries(kViews)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const stations = view.stations ?? 120;
    if (!stubs.has(stations)) stubs.set(stations, await start_stub({ stations, changes: 2, train_ms: 6000 }));
    const stub = stubs.get(stations);
    stub.alerts = kAlerts;
    for (const [size, viewport] of Object.entries(kSizes)) {
      for (const scheme of ["light", "dark"]) {
        const { page, complaints } = await watched_page(browser, stub.url, { viewport, colorScheme: scheme });
        await page.goto(stub.url + view.hash);
        await page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: 60_000 });
        await view.act?.(page);
        await page.waitForTimeout(1200);
        await page.screenshot({ path: join(folder, `${name}-${size}-${scheme}.png`) });
        if (complaints.length > 0) console.log(name, size, scheme, complaints);
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  for (const stub of stubs.values()) await stub.close();
}
