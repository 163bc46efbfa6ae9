// The forecast in words: only what is shown, with how far off it usually is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { forecast_meaning, forecast_words, type Forecast } from "../src/model/forecast";

const score = { samples: 500, mean_absolute_error: 0.78, same_as_now: 0.85 };
const of = (field: "bikes" | "docks", minutes: 30 | 60, count: number | null): Forecast => ({ field: `num_${field}_available`, minutes, count, score });

test("nothing is said where nothing is shown", () => {
  assert.equal(forecast_words([]), "");
  assert.equal(forecast_words([of("bikes", 30, null), of("docks", 60, null)]), "");
  assert.equal(forecast_words([{ field: "num_unicorns_available", minutes: 30, count: 3 } as unknown as Forecast]), "");
  assert.equal(forecast_meaning([of("bikes", 30, null)]), "");
});

test("what is shown is said by time, with its error", () => {
  assert.equal(forecast_words([of("bikes", 60, 1), of("docks", 30, 9), of("docks", 60, 12), of("bikes", 30, null)]), "In 30 min about 9 free docks (±0.8); in 60 min about 1 bike (±0.8), 12 free docks (±0.8).");
  assert.match(forecast_meaning([of("bikes", 60, 1)]), /0\.78 where “same as now” was off by 0\.85/);
});

test("an answer without a score says no error", () => {
  assert.equal(forecast_words([{ field: "num_bikes_available", minutes: 30, count: 2 }]), "In 30 min about 2 bikes.");
});
