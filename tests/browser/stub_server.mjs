// Plays wayside-central for the page: serves central/web/dist, the API and the event stream with an
// invented city. Node's standard library only. Run it by hand to work on the page:
//   node stub_server.mjs [--port 8090] [--stations 500] [--changes 20] [--seed 1] [--train-ms 8000]
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { constants, createGzip } from "node:zlib";
import { kCentre, make_city, next_reading, random_from } from "./stub_city.mjs";
import { aggregates_of, forecast_of, picture_of, readings_of } from "./stub_history.mjs";
import { make_rail, next_arrival } from "./stub_rail.mjs";

const kHere = dirname(fileURLToPath(import.meta.url));
const kDist = join(kHere, "../../central/web/dist");
const kKept = 256; // deltas that a returning viewer can resume from
const kHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};
/** As central's answer.cc: its own files, and data and images of the hosts that its settings name. */
const policy = (hosts) =>
  `default-src 'none'; script-src 'self'; worker-src 'self'; manifest-src 'self'; style-src 'self'; img-src 'self' data:${hosts}; connect-src 'self'${hosts}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The rows of dist/manifest.tsv by path: what the real central embeds. */
function read_manifest() {
  const path = join(kDist, "manifest.tsv");
  if (!existsSync(path)) throw new Error(`${path} is missing. Try: cd central/web && npm ci && npm run build`);
  const rows = readFileSync(path, "utf8").trim().split("\n").map((line) => line.split("\t"));
  return new Map(rows.map(([url, file, type, gzip_file, etag]) => [url, { file, type, gzip_file, etag }]));
}

class Stub {
  constructor({ stations = 60, changes = 5, seed = 1, tick_ms = 1000, train_ms = 0 } = {}) {
    this.random = random_from(seed + 1);
    const rail = make_rail(kCentre, Date.now());
    this.trains = rail.trains;
    this.rows = new Map([...make_city(seed, stations, Date.now()), ...rail.stations].map((row) => [row.station_id, row]));
    for (const train of this.trains) this.put_arrival(train);
    this.changes = changes;
    this.held = new Set(); // stations that set() has touched: step() leaves them alone, or it would overwrite a test's value
    this.database_id = `stub${seed}`;
    this.event = 0;
    this.kept = []; // {n, text}
    this.viewers = new Set();
    this.hosts = ""; // that the policy allows beside our own
    this.tiles = null; // a .pmtiles file
    this.pieces = []; // ranges of it that were asked for
    this.page = { timezone: "", geocoder_url: "", tiles: null };
    this.stopped = null; // what /readyz says when central has stopped folding
    this.quarantine = [
      { id: 3, at: "2026-11-20T08:11:33.120Z", times: 2, source: "central", reason: "not_owner", detail: "the station belongs to agent-a", agent: "agent-b", station_id: "72", stream: "bike_status", seq: 7, payload_text: '{"station_id":"72","values":{"name":"<img src=x onerror=alert(1)>"}}', payload_hex: null },
      { id: 2, at: "2026-11-20T08:11:32.120Z", times: 1, source: "bridge", reason: "bad_json", detail: "not JSON", agent: "agent-b", station_id: "72", stream: "weather", seq: null, payload_text: null, payload_hex: "00ff10".repeat(20) },
      { id: 1, at: "2026-11-20T08:11:31.120Z", times: 1, source: "central", reason: "not_owner", detail: "the station belongs to agent-a", agent: "agent-b", station_id: "72", stream: "bike_status", seq: 6, payload_text: "{}", payload_hex: null },
    ];
    this.alerts = []; // as central's; `state` says which list has it
    this.replayable = new Set(); // ids that pass at the next replay
    this.pictures = []; // times of the past that were asked for
    this.late = []; // readings that come in behind the others: {observed_at, values}
    this.forecast_shown = true;
    this.refuse = false;
    this.refused = 0; // viewers turned away
    this.stream_bytes = 0; // sent in compressed event streams
    this.snapshots = 0; // snapshots sent
    this.files = read_manifest();
    this.timer = setInterval(() => this.step(), tick_ms);
    this.train_timer = train_ms > 0 ? setInterval(() => this.move_trains(), train_ms) : undefined;
    this.server = createServer((request, response) => this.handle(request, response));
  }

  step() {
    const live = [...this.rows.values()].filter((row) => row.state === "live" && row.kind !== "rail" && !this.held.has(row.station_id));
    const changed = [];
    for (let i = 0; i < this.changes && live.length > 0; i++) {
      const row = live[Math.floor(this.random() * live.length)];
      changed.push(next_reading(this.random, this.rows.get(row.station_id), Date.now()));
    }
    if (changed.length > 0) this.publish(changed);
  }

  /** Moves one train to its next stop and remembers the row; the caller tells viewers. */
  put_arrival(train) {
    const row = next_arrival(this.rows, train, Date.now(), this.random);
    this.rows.set(row.station_id, row);
    return row;
  }

  /** Every train but a broken one arrives at its next stop; those at one station come one after the other. */
  move_trains() {
    for (const train of this.trains) if (train.status !== "broken_down") this.publish([this.put_arrival(train)]);
  }

  /** Sends whole rows to every viewer, as the real central does after a commit. */
  publish(rows, removed = []) {
    for (const row of rows) this.rows.set(row.station_id, row);
    for (const id of removed) this.rows.delete(id);
    const data = { generated_at: new Date().toISOString(), stations: rows, removed };
    const text = this.event_text("delta", ++this.event, data);
    this.kept.push({ n: this.event, text });
    if (this.kept.length > kKept) this.kept.shift();
    for (const viewer of this.viewers) this.write(viewer, text);
  }

  /** Changes one field of one station's first stream and tells every viewer. */
  set(station_id, field, value, state) {
    this.held.add(station_id);
    const row = structuredClone(this.rows.get(station_id));
    const stream = Object.values(row.streams)[0];
    stream.values[field] = value;
    if (state !== undefined) row.state = stream.state = state;
    const at = new Date().toISOString();
    for (const place of [row, stream]) place.observed_at = place.received_at = place.stored_at = at;
    this.publish([row]);
  }

  /** As an operator's setting that names another host. */
  allow(host, settings) {
    this.hosts += ` ${host}`;
    this.page = { ...this.page, ...settings };
  }

  piece(request, response) {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (this.tiles === null || first === undefined) return this.send_json(response, this.tiles === null ? 404 : 416, {}, "application/problem+json");
    this.pieces.push(request.headers.range);
    const bytes = this.tiles.subarray(Number(first), Number(last) + 1);
    response.writeHead(206, { "content-type": "application/vnd.pmtiles", "content-range": `bytes ${first}-${Number(first) + bytes.length - 1}/${this.tiles.length}` });
    response.end(bytes);
  }

  /** Cuts every viewer off; with `refuse` new ones are turned away until refuse is false again. */
  cut(refuse = false) {
    this.refuse = refuse;
    for (const viewer of this.viewers) viewer.destroy();
    this.viewers.clear();
  }

  snapshot_text() {
    this.snapshots += 1;
    const data = { generated_at: new Date().toISOString(), database_id: this.database_id, stations: [...this.rows.values()] };
    return this.event_text("snapshot", this.event, data);
  }

  event_text(name, n, data) {
    return `id: ${this.database_id}-${n}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  handle(request, response) {
    const url = new URL(request.url, "http://stub");
    for (const [name, value] of Object.entries(kHeaders)) response.setHeader(name, value);
    response.setHeader("content-security-policy", policy(this.hosts));
    if (url.pathname === "/tiles/base.pmtiles") return this.piece(request, response);
    if (url.pathname === "/events" || url.pathname === "/api/v1/events") return this.stream(request, response, url);
    if (url.pathname === "/readyz") return this.send_json(response, this.stopped ? 503 : 200, this.stopped ?? { status: "ready", ingest: "ok" }, "application/json");
    if (request.method === "POST") return this.operate(request, response, url);
    const answer = this.api(url);
    if (answer !== null) return this.send_json(response, 200, answer, "application/json");
    const file = this.files.get(url.pathname);
    if (file !== undefined) return this.send_file(request, response, file);
    return this.send_json(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: url.pathname }, "application/problem+json");
  }

  send_json(response, status, body, type) {
    response.writeHead(status, { "content-type": type });
    response.end(JSON.stringify(body));
  }

  send_file(request, response, { file, type, gzip_file, etag }) {
    const gzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    response.setHeader("content-type", type);
    response.setHeader("etag", `"${etag}"`);
    response.setHeader("vary", "accept-encoding");
    if (gzip) response.setHeader("content-encoding", "gzip");
    createReadStream(join(kDist, gzip ? gzip_file : file)).pipe(response);
  }

  stream(request, response, url) {
    if (this.refuse) {
      this.refused += 1;
      return this.send_json(response, 503, { type: "about:blank", title: "Unavailable", status: 503, detail: "stub refuses" }, "application/problem+json");
    }
    const gzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", ...(gzip ? { "content-encoding": "gzip" } : {}) });
    const last = request.headers["last-event-id"] ?? url.searchParams.get("last_event_id") ?? "";
    const missed = this.missed_since(last);
    // As central: one gzip stream, each event compressed for itself and flushed.
    if (gzip) {
      response.gzip = createGzip();
      response.gzip.on("data", (bytes) => {
        this.stream_bytes += bytes.length;
        response.write(bytes);
      });
    }
    if (missed === null) this.write(response, this.snapshot_text());
    else for (const { text } of missed) this.write(response, text);
    this.viewers.add(response);
    const keep_alive = setInterval(() => this.write(response, ": keep-alive\n\n"), 15_000);
    response.on("close", () => {
      clearInterval(keep_alive);
      this.viewers.delete(response);
    });
  }

  write(viewer, text) {
    if (viewer.gzip === undefined) return void viewer.write(text);
    viewer.gzip.write(text);
    viewer.gzip.flush(constants.Z_SYNC_FLUSH);
  }

  /** The deltas after an id, or null when only a snapshot will do. */
  missed_since(id) {
    const [database_id, text] = [id.slice(0, id.lastIndexOf("-")), id.slice(id.lastIndexOf("-") + 1)];
    const n = Number(text);
    if (database_id !== this.database_id || !Number.isInteger(n) || n > this.event) return null;
    const oldest = this.kept[0]?.n ?? this.event + 1;
    return n + 1 < oldest && n < this.event ? null : this.kept.filter((kept) => kept.n > n);
  }

  /** As central: one item, or all of a reason. */
  operate(request, response, url) {
    if (!request.headers["x-wayside-operator"]) return this.send_json(response, 403, { title: "Not allowed", detail: "header X-Wayside-Operator is missing" }, "application/problem+json");
    const one = /^\/api\/v1\/quarantine\/(\d+)\/replay$/.exec(url.pathname);
    const wanted = this.quarantine.filter((item) => (one ? item.id === Number(one[1]) : item.reason === url.searchParams.get("reason")));
    const items = wanted.map(({ id, reason, detail }) => (this.replayable.has(id) ? { id, outcome: "replayed" } : { id, outcome: "refused_again", reason, detail }));
    const passed = new Set(items.filter((item) => item.outcome === "replayed").map((item) => item.id));
    this.quarantine = this.quarantine.filter((item) => !passed.has(item.id));
    return this.send_json(response, 200, { replayed: passed.size, refused_again: items.length - passed.size, items, next_cursor: null }, "application/json");
  }

  station(id) {
    const day = { date: "2026-11-20", accepted: 8640, received: 8637, refused: 0, dropped: 0, missing: 3, repeated: 12 };
    const missing_between = [["2026-11-20T08:11:00.000Z", "2026-11-20T08:14:00.000Z"]];
    return { ...this.rows.get(id), info: null, ledger: { day, accounts: [{ missing: 3, missing_ranges: [[100, 102]], missing_between }] } };
  }

  counts() {
    const counts = {};
    for (const { reason } of this.quarantine) counts[reason] = (counts[reason] ?? 0) + 1;
    return counts;
  }

  api({ pathname, searchParams }) {
    const station = /^\/api\/v1\/stations\/([^/]+)$/.exec(pathname);
    if (station !== null && this.rows.has(decodeURIComponent(station[1]))) return this.station(decodeURIComponent(station[1]));
    const history = /^\/api\/v1\/stations\/([^/]+)\/readings$/.exec(pathname);
    if (history !== null) return readings_of(this.rows.get(decodeURIComponent(history[1])), searchParams, Date.now(), this.late);
    const gold = /^\/api\/v1\/stations\/([^/]+)\/aggregates$/.exec(pathname);
    if (gold !== null) return aggregates_of(this.rows.get(decodeURIComponent(gold[1])), searchParams, Date.now());
    const forecast = /^\/api\/v1\/stations\/([^/]+)\/forecast$/.exec(pathname);
    if (forecast !== null) return forecast_of(this.rows.get(decodeURIComponent(forecast[1])), this.forecast_shown);
    if (pathname === "/api/v1/quarantine") {
      const reason = searchParams.get("reason");
      return { items: this.quarantine.filter((item) => !reason || item.reason === reason), next_cursor: null, counts: this.counts() };
    }
    if (pathname === "/api/v1/alerts") {
      const counts = {};
      for (const { rule, state } of this.alerts) if (state === "open") counts[rule] = (counts[rule] ?? 0) + 1;
      return { alerts: this.alerts.filter(({ state }) => state === searchParams.get("state")).slice(0, Number(searchParams.get("limit"))), next_cursor: null, counts };
    }
    if (pathname === "/api/v1/picture") {
      this.pictures.push(searchParams.get("at"));
      return picture_of(this.rows.values(), Date.parse(searchParams.get("at")), Date.now());
    }
    const generated_at = new Date().toISOString();
    if (pathname === "/api/v1/page") return this.page;
    if (pathname === "/healthz") return { status: "ok" };
    if (pathname === "/api/v1/stations") return { generated_at, stations: [...this.rows.values()], next_cursor: null };
    if (pathname === "/api/v1/pipeline") return this.pipeline(generated_at);
    if (pathname === "/api/v1/ledger") {
      const totals = { accepted: 10_240 + this.event, received: 10_238 + this.event, refused: 1, dropped: 0, waiting: 1, missing: 0, repeated: 37, unnumbered: 4 };
      return { generated_at, totals, agents: [], stations: [], next_cursor: null };
    }
    return null;
  }

  pipeline(generated_at) {
    const agents = [
      { agent: "stub-agent", status: "online", version: "0.1.0", clock: "trust", last_word_at: generated_at, outbox: { readings: 12, hours_left: 310.5 }, drivers: [{ source: "city", driver: "gbfs", state: "ok", last_error: "", readings_total: 1000 + this.event }] },
      { agent: "stub-posts", status: "online", version: "0.1.0", clock: "synced", last_word_at: generated_at, outbox: { readings: 0, hours_left: 900 }, drivers: [{ source: "mast", driver: "serial_lines", state: "fault", last_error: "cannot open /dev/ttyUSB0" }] },
      { agent: "stub-roof", status: "offline", version: "0.1.0", clock: "synced", last_word_at: new Date(Date.now() - 7.5e6).toISOString() },
    ];
    return {
      generated_at,
      database_id: this.database_id,
      version: "0.1.0-stub",
      kafka: { cluster_id: "stub", state: "ok", partitions: [], lag_total: 3 },
      agents,
      bridges: [{ bridge: "bridge:wayside-bridge", status: "online", last_word_at: generated_at, in_flight: 2, delivered_total: 1000 + this.event, warnings: [] }],
      quarantine: { total: 3, open: this.quarantine.length, by_reason: this.counts() },
      rates: { readings_per_s: this.changes },
      viewers: this.viewers.size,
    };
  }

  close() {
    clearInterval(this.timer);
    clearInterval(this.train_timer);
    this.cut(true);
    return new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}

/** Resolves to the Stub with `url` set, listening on loopback; port 0 takes a free one. */
export async function start_stub({ port = 0, ...options } = {}) {
  const stub = new Stub(options);
  await new Promise((resolve, reject) => stub.server.once("error", reject).listen(port, "127.0.0.1", resolve));
  stub.url = `http://127.0.0.1:${stub.server.address().port}/`;
  return stub;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { port: text, stations: text, changes: text, seed: text, "train-ms": text } });
  const stub = await start_stub({ port: Number(values.port ?? 8090), stations: Number(values.stations ?? 500), changes: Number(values.changes ?? 20), seed: Number(values.seed ?? 1), train_ms: Number(values["train-ms"] ?? 8000) });
  console.log(`event=ready url=${stub.url}`);
}
