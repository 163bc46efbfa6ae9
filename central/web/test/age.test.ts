// Ages in words, and the server's clock behind them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { age_words, duration_words, time_ms } from "../src/model/age";
import { ServerClock } from "../src/model/server_clock";

test("durations take the unit a person would", () => {
  const words: [number, string][] = [
    [0, "0 s"], [59.9, "59 s"], [60, "1 min"], [3599, "59 min"], [3600, "1 h"], [7500, "2 h 5 min"],
    [86400, "1 day"], [3 * 86400, "3 days"], [100 * 86400, "3 months"], [800 * 86400, "2 years"], [-5, "0 s"],
  ];
  for (const [seconds, text] of words) assert.equal(duration_words(seconds), text);
});

test("age names past, future and never", () => {
  const now = Date.parse("2026-11-20T08:00:00Z");
  assert.equal(age_words(now - 12_000, now), "12 s ago");
  assert.equal(age_words(now + 3_000, now), "0 s ago");
  assert.equal(age_words(now + 180_000, now), "3 min in the future");
  assert.equal(age_words(null, now), "never");
});

test("a time that cannot be read is no time", () => {
  assert.equal(time_ms("2026-11-20T08:00:00.250Z"), 1795161600250);
  assert.equal(time_ms("yesterday"), null);
  assert.equal(time_ms(null), null);
  assert.equal(time_ms(""), null);
});

test("server clock follows the least delayed event and ignores the wall clock", () => {
  let monotonic = 1000;
  const clock = new ServerClock(() => monotonic, () => 42);
  assert.equal(clock.now_ms(), 42);
  clock.observe(500_000, true); // arrived with some delay
  monotonic = 2000;
  clock.observe(501_300, false); // arrived 300 ms quicker
  assert.equal(clock.now_ms(), 501_300);
  monotonic = 3000;
  clock.observe(501_000, false); // old news from a resume
  assert.equal(clock.now_ms(), 502_300);
  clock.observe(null, true);
  assert.equal(clock.now_ms(), 502_300);
});
