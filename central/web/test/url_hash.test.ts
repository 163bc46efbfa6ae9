// The view in the page's address: comes back as it was, and nonsense is ignored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { format_hash, parse_hash } from "../src/model/url_hash";

test("view, station and foreign keys come back as they were", () => {
  const hash = "#map=13.2/41.8781/-87.6298&station=a%2Fb%20c&layer=rail";
  const state = parse_hash(hash);
  assert.deepEqual(state, { map: { zoom: 13.2, lat: 41.8781, lon: -87.6298 }, station: "a/b c", other: [["layer", "rail"]] });
  assert.equal(format_hash(state), hash);
});

test("an empty hash is no view and no station", () => {
  assert.deepEqual(parse_hash(""), { map: null, station: null, other: [] });
  assert.equal(format_hash(parse_hash("#")), "");
});

test("places that cannot be are ignored", () => {
  for (const text of ["1/2", "1/2/3/4", "x/1/2", "3/91/0", "3/0/181", "99/0/0", "//", "-1/0/0"]) assert.equal(parse_hash(`#map=${text}`).map, null);
});

test("places are rounded, and a map panned round the world is brought home", () => {
  const place = { zoom: 12.3456, lat: 41.123456789, lon: 272.5 };
  assert.equal(format_hash({ map: place, station: null, other: [] }), "#map=12.35/41.12346/-87.5");
});
