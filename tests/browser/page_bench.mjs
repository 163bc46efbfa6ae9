// node page_bench.mjs [weight] [first] [load] [--seconds 60]
//
// Measures the page against the stub server, in Chromium through the DevTools protocol, and prints one JSON line a figure:
// weight: bytes on the wire until the first picture of 2,000 stations; first: time to it, beside a bare MapLibre page with the
// same circles, in turns; load: 10,000 stations with 200 changes a second: long tasks, and the heap after a collection.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch, watched_page } from "./chromium.mjs";
import { start_stub } from "./stub_server.mjs";

const kMaplibre = join(dirname(fileURLToPath(import.meta.url)), "../../central/web/node_modules/maplibre-gl/dist");
const kTypes = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" };
/** Where both pages look: the whole invented city, near enough for circles instead of clusters. */
const kPlace = { lat: 41.88, lon: -87.64, zoom: 11.5 };
const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ready = () => window.wayside?.firstPicture > 0;

/** Bytes received, the event stream included, until the first picture. */
export async function weight(browser, { stations = 2000 } = {}) {
  const stub = await start_stub({ stations, changes: 0 });
  const { page } = await watched_page(browser, stub.url);
  try {
    const tools = await page.context().newCDPSession(page);
    await tools.send("Network.enable");
    await tools.send("Network.setCacheDisabled", { cacheDisabled: true });
    const bytes = new Map();
    const add = (id, n) => bytes.set(id, (bytes.get(id) ?? 0) + n);
    const done = new Map();
    tools.on("Network.responseReceived", ({ requestId, response }) => add(requestId, response.encodedDataLength));
    tools.on("Network.dataReceived", ({ requestId, encodedDataLength }) => add(requestId, encodedDataLength));
    tools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => done.set(requestId, encodedDataLength));
    await page.goto(stub.url);
    await page.waitForFunction(ready, null, { timeout: 120_000 });
    for (const [id, n] of done) bytes.set(id, n); // the whole, headers included, where a request has ended
    const page_bytes = [...bytes.values()].reduce((sum, n) => sum + n, 0);
    // The browser does not tell how much of an event stream still open came compressed: the stub counts what it wrote.
    return { stations, bytes: Math.max(page_bytes, [...done.values()].reduce((sum, n) => sum + n, 0) + stub.stream_bytes), stream_bytes: stub.stream_bytes };
  } finally {
    await page.close();
    await stub.close();
  }
}

/** A page that has nothing but MapLibre and the circles. */
function bare_page(rows) {
  const features = rows.map((row) => ({ type: "Feature", geometry: { type: "Point", coordinates: [row.lon, row.lat] }, properties: {} }));
  const script = `
    maplibregl.setWorkerUrl("/maplibre-gl-csp-worker.js");
    const map = new maplibregl.Map({ container: "map", center: [${kPlace.lon}, ${kPlace.lat}], zoom: ${kPlace.zoom}, attributionControl: false, fadeDuration: 0,
      style: { version: 8, sources: { s: { type: "geojson", data: DATA } }, layers: [{ id: "b", type: "background", paint: { "background-color": "#eee" } }, { id: "c", type: "circle", source: "s", paint: { "circle-radius": 5 } }] } });
    map.once("idle", () => (window.firstPicture = performance.now()));`;
  return {
    "/": ["text/html", `<!doctype html><link rel=stylesheet href=/maplibre-gl.css><style>html,body,#map{height:100%;margin:0}</style><div id=map></div><script src=/maplibre-gl-csp.js></script><script src=/data.js></script><script src=/bare.js></script>`],
    "/data.js": ["text/javascript", `const DATA = ${JSON.stringify({ type: "FeatureCollection", features })};`],
    "/bare.js": ["text/javascript", script],
  };
}

async function start_bare(rows) {
  const own = bare_page(rows);
  const server = createServer((request, response) => {
    const [type, body] = own[request.url] ?? [kTypes[request.url.slice(request.url.lastIndexOf("."))] ?? "text/plain", null];
    response.writeHead(200, { "content-type": type });
    try {
      response.end(body ?? readFileSync(join(kMaplibre, request.url)));
    } catch {
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Milliseconds from the request to the first picture, in turns with the bare page; the middle of `runs`. */
export async function first_picture(browser, { stations = 2000, runs = 5 } = {}) {
  const stub = await start_stub({ stations, changes: 0 });
  const bare = await start_bare([...stub.rows.values()]);
  const ours = [];
  const theirs = [];
  try {
    for (let run = 0; run <= runs; run += 1) {
      for (const [url, times, of] of [[bare.url, theirs, () => window.firstPicture], [`${stub.url}#map=${kPlace.zoom}/${kPlace.lat}/${kPlace.lon}`, ours, () => window.wayside?.firstPicture]]) {
        const { page } = await watched_page(browser, url);
        await page.goto(url);
        await page.waitForFunction(of, null, { timeout: 120_000 });
        if (run > 0) times.push(await page.evaluate(of)); // the first warms Chromium up
        await page.close();
      }
    }
  } finally {
    await stub.close();
    bare.close();
  }
  return { stations, ours_ms: Math.round(middle(ours)), bare_ms: Math.round(middle(theirs)), ratio: Number((middle(ours) / middle(theirs)).toFixed(2)) };
}

/** Long tasks of scripts as a share of the time, and the heap at begin and end, while 200 stations a second change. */
export async function load(browser, { stations = 10_000, seconds = 60, hash = "" } = {}) {
  const stub = await start_stub({ stations, changes: 20, tick_ms: 100 });
  const { page } = await watched_page(browser, stub.url);
  try {
    const tools = await page.context().newCDPSession(page);
    await page.goto(stub.url + hash);
    await page.waitForFunction(ready, null, { timeout: 120_000 });
    const heap = async () => {
      await tools.send("HeapProfiler.enable");
      for (let i = 0; i < 3; i += 1) await tools.send("HeapProfiler.collectGarbage");
      return (await tools.send("Runtime.getHeapUsage")).usedSize;
    };
    await page.waitForTimeout(5000); // the first picture's own work is over
    const heap_from = await heap();
    await page.evaluate(() => {
      window.__long = { all: 0, scripts: 0, count: 0 };
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => ((window.__long.all += entry.duration), (window.__long.count += 1)))).observe({ type: "longtask" });
      new PerformanceObserver((list) => {
        for (const frame of list.getEntries()) for (const script of frame.scripts) if (script.duration >= 50) window.__long.scripts += script.duration;
      }).observe({ type: "long-animation-frame" });
    });
    const events = stub.event;
    const from = Date.now();
    await page.waitForTimeout(seconds * 1000);
    const long = await page.evaluate(() => window.__long);
    const took_ms = Date.now() - from;
    const heap_to = await heap();
    const mb = (bytes) => Number((bytes / 1e6).toFixed(1));
    return { stations, seconds, changes_per_s: Math.round(((stub.event - events) * 20_000) / took_ms), long_tasks: long.count, long_share_pct: Number(((100 * long.all) / took_ms).toFixed(2)), script_share_pct: Number(((100 * long.scripts) / took_ms).toFixed(2)), heap_from_mb: mb(heap_from), heap_to_mb: mb(heap_to) };
  } finally {
    await page.close();
    await stub.close();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const seconds = Number(process.argv[process.argv.indexOf("--seconds") + 1] || 60) || 60;
  const parts = { weight, first: first_picture, load };
  const wanted = Object.keys(parts).filter((name) => process.argv.includes(name));
  const browser = await launch();
  try {
    for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) console.log(JSON.stringify({ bench: name, ...(await parts[name](browser, { seconds })) }));
  } finally {
    await browser.close();
  }
}
