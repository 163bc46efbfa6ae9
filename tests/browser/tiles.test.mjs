// Proves in a real Chromium what an operator's settings add to the map: a base map from a .pmtiles file by ranges or from a
// tile server, with its attribution; a search for addresses; the stations' time zone. Without them no other host is asked.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { hash_has, kSlowMs, shared_browser } from "./page_case.mjs";

const shared = shared_browser();
before(shared.start);
after(shared.stop);

/** One green pixel: a tile. */
const kTile = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==", "base64");

/** A server of another host, as viewers' browsers see it, that notes what it is asked. */
async function start_other(t, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("access-control-allow-origin", "*");
    answer(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://wayside.test:${server.address().port}`, asked };
}

/** A .pmtiles file (version 3) of one raster tile, of the whole world at zoom 0. */
function pmtiles_file() {
  const directory = Buffer.from([1, 0, 1, kTile.length, 1]); // one entry: tile 0, run of 1, its length, offset 0 (+1)
  const metadata = Buffer.from("{}");
  const header = Buffer.alloc(127);
  header.write("PMTiles");
  header[7] = 3;
  const places = [127, directory.length, 127 + directory.length, metadata.length, 0, 0, 127 + directory.length + metadata.length, kTile.length, 1, 1, 1];
  places.forEach((value, at) => header.writeBigUInt64LE(BigInt(value), 8 + 8 * at));
  header.set([1, 1, 1, 2, 0, 0], 96); // clustered, no compression of directories, none of tiles, PNG, zoom 0 to 0
  [-180, -85, 180, 85].forEach((degrees, at) => header.writeInt32LE(degrees * 1e7, 102 + 4 * at));
  return Buffer.concat([header, directory, metadata, kTile]);
}

test("a tile server's pictures lie below the stations, with its attribution", async (t) => {
  const other = await start_other(t, (_, response) => response.writeHead(200, { "content-type": "image/png" }).end(kTile));
  const { page, find } = await shared.open(t, {
    hash: "#map=12/41.88/-87.64",
    expected: [/^other host: http:\/\/wayside\.test/],
    before_goto: (_, stub) => stub.allow(other.url, { tiles: { url: `${other.url}/{z}/{x}/{y}.png`, attribution: "© <b>Somebody</b>" } }),
  });
  await find("attribution").waitFor({ timeout: kSlowMs });
  assert.equal(await find("attribution").textContent(), "© <b>Somebody</b>");
  while (other.asked.length === 0) await page.waitForTimeout(50);
  assert.match(other.asked[0], /^\/1[123]\/\d+\/\d+\.png$/);
  await page.waitForFunction(() => window.wayside.drawn("bike-0") !== null, null, { timeout: kSlowMs });
});

test("a .pmtiles file of central is read in pieces", async (t) => {
  const { page, stub, find } = await shared.open(t, {
    hash: "#map=12/41.88/-87.64",
    before_goto: (_, stub) => {
      stub.tiles = pmtiles_file();
      stub.page = { ...stub.page, tiles: { url: "tiles/base.pmtiles", attribution: "Map: us" } };
    },
  });
  await find("attribution").filter({ hasText: "Map: us" }).waitFor({ timeout: kSlowMs });
  while (stub.pieces.length < 2) await page.waitForTimeout(50); // the header and directories, then the tile
  assert.ok(stub.pieces.every((range) => /^bytes=\d+-\d+$/.test(range)), `${stub.pieces}`);
});

test("an address leads to the stations near it; one that is not understood gets a clear message", async (t) => {
  const other = await start_other(t, ({ url }, response) => {
    const known = url.includes("1%20Park%20Avenue");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(known ? [{ lat: "41.8801", lon: "-87.6401", display_name: "1 Park Avenue, Here" }] : []));
  });
  const { page, find } = await shared.open(t, {
    expected: [/^other host: http:\/\/wayside\.test/],
    before_goto: (_, stub) => stub.allow(other.url, { geocoder_url: `${other.url}/search?q={q}` }),
  });
  await page.waitForFunction(() => document.querySelector('[data-testid="legend"] summary') !== null);
  await page.keyboard.press("/");
  await page.keyboard.type("Improper Location");
  await find("found").filter({ hasText: "Enter looks for an address" }).waitFor({ timeout: kSlowMs });
  await page.keyboard.press("Enter");
  await find("found").filter({ hasText: "“Improper Location” was not understood as an address." }).waitFor({ timeout: kSlowMs });
  await find("search").fill("1 Park Avenue");
  await page.keyboard.press("Enter");
  await find("near-message").filter({ hasText: "1 Park Avenue, Here" }).waitFor({ timeout: kSlowMs });
  await hash_has(page, "near=41.8801/-87.6401/500/1");
});

test("the stations' own time zone is named beside the reader's", async (t) => {
  const { find } = await shared.open(t, { hash: "#station=bike-0", timezoneId: "Europe/Berlin", before_goto: (_, stub) => void (stub.page = { ...stub.page, timezone: "America/Chicago" }) });
  await find("popup-time").filter({ hasText: /\(Europe\/Berlin\); .* at the station \(America\/Chicago\)/ }).waitFor({ timeout: kSlowMs });
});
