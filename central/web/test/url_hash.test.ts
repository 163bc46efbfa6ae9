// The view in the page's address: comes back as it was, and nonsense is ignored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { format_hash, no_hash, parse_hash } from "../src/model/url_hash";

test("view, station, wishes and foreign keys come back as they were", () => {
  const hash = "#map=13.2/41.8781/-87.6298&station=a%2Fb%20c&want=docks&layers=bike,rail&state=trouble&panel=list&near=41.88/-87.64/500/2&q=caf%C3%A9&line=blue&at=2026-11-20T08%3A00%3A00Z&layer=x";
  const state = parse_hash(hash);
  assert.deepEqual(state, {
    map: { zoom: 13.2, lat: 41.8781, lon: -87.6298 },
    station: "a/b c",
    want: "docks",
    kinds: ["bike", "rail"],
    state: "trouble",
    panel: "list",
    near: { lat: 41.88, lon: -87.64, radius_m: 500, at_least: 2 },
    q: "café",
    line: "blue",
    at: "2026-11-20T08:00:00Z",
    other: [["layer", "x"]],
  });
  assert.equal(format_hash(state), hash);
});

test("an empty hash is everything, live", () => {
  assert.deepEqual(parse_hash(""), no_hash());
  assert.equal(format_hash(parse_hash("#")), "");
});

test("no layer at all is an address too", () => {
  const hash = format_hash({ ...no_hash(), kinds: [] });
  assert.equal(hash, "#layers=none");
  assert.deepEqual(parse_hash(hash).kinds, []);
});

test("nonsense says nothing", () => {
  const state = parse_hash("#want=cars&state=asleep&near=91/0/500/1&at=yesterday&near=1/2/-5/1");
  assert.deepEqual(state, no_hash());
});

test("places that cannot be are ignored", () => {
  for (const text of ["1/2", "1/2/3/4", "x/1/2", "3/91/0", "3/0/181", "99/0/0", "//", "-1/0/0"]) assert.equal(parse_hash(`#map=${text}`).map, null);
});

test("places are rounded, and a map panned round the world is brought home", () => {
  const place = { zoom: 12.3456, lat: 41.123456789, lon: 272.5 };
  assert.equal(format_hash({ ...no_hash(), map: place }), "#map=12.35/41.12346/-87.5");
});
