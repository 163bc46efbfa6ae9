import assert from "node:assert/strict";
import { test } from "node:test";
import { day_words, hole_words } from "../src/model/ledger";

test("a day is one line; refused and lost only where there are some", () => {
  assert.equal(day_words({ day: { accepted: 8640, received: 8640, missing: 0, repeated: 12 } }), "8,640 of 8,640 today, 0 missing, 12 repeats dropped");
  assert.equal(day_words({ day: { accepted: 10, received: 7, refused: 1, dropped: 2 } }), "7 of 10 today, 0 missing, 1 refused, 2 lost at the agent, 0 repeats dropped");
  assert.equal(day_words({}), "0 of 0 today, 0 missing, 0 repeats dropped");
});

test("holes are told by number and time, the first few of them, without strangers'", () => {
  const missing_ranges: [number, number][] = [[3, 3], [5, 9], [11, 12]];
  const missing_between: [string | null, string | null][] = [["2026-11-20T08:11:00.000Z", "2026-11-20T08:12:00.000Z"], [null, null]];
  assert.deepEqual(hole_words({ accounts: [{ missing_ranges, missing_between }, { stranger: true, missing_ranges }] }, 2), [
    "no. 3, between 2026-11-20 08:11:00 and 2026-11-20 08:12:00 UTC",
    "no. 5 to 9",
    "and 1 more holes",
  ]);
});
