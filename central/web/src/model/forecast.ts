// What central forecasts of a bike station, in words. It says how far off it usually is; what it does not show is not said.
import type { Loose, Schemas } from "./api_types";

export type Forecast = Loose<Schemas["Forecast"]>;
type ForecastScore = NonNullable<Forecast["score"]>;

const kThings: Record<string, [one: string, more: string]> = {
  num_bikes_available: ["bike", "bikes"],
  num_docks_available: ["free dock", "free docks"],
};

/** "±0.8": half of that is no better than none, so a tenth is enough. */
const off_words = (score: ForecastScore | null | undefined) => (typeof score?.mean_absolute_error === "number" ? ` (±${score.mean_absolute_error.toFixed(1)})` : "");

function count_words({ field, count, score }: Forecast): string {
  const [one, more] = kThings[field ?? ""] ?? ["", ""];
  return `${count} ${count === 1 ? one : more}${off_words(score)}`;
}

const shown = (forecasts: readonly Forecast[]) => forecasts.filter(({ field, minutes, count }) => typeof count === "number" && typeof minutes === "number" && kThings[field ?? ""] !== undefined);

/** "In 30 min about 7 bikes (±0.8), 9 free docks (±0.8); in 60 min …", or nothing. */
export function forecast_words(forecasts: readonly Forecast[]): string {
  const by_minutes = new Map<number, string[]>();
  for (const forecast of shown(forecasts)) {
    const minutes = forecast.minutes ?? 0;
    by_minutes.set(minutes, [...(by_minutes.get(minutes) ?? []), count_words(forecast)]);
  }
  const parts = [...by_minutes.entries()].sort((a, b) => a[0] - b[0]).map(([minutes, counts]) => `in ${minutes} min about ${counts.join(", ")}`);
  const words = parts.join("; ");
  return words === "" ? "" : `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}.`;
}

/** What ± means, and what it is worth. */
export function forecast_meaning(forecasts: readonly Forecast[]): string {
  const scores = shown(forecasts).flatMap(({ score }) => (typeof score?.mean_absolute_error === "number" && typeof score.same_as_now === "number" ? [score] : []));
  if (scores.length === 0) return "";
  const mean = (of: (score: ForecastScore) => number) => (scores.reduce((sum, score) => sum + of(score), 0) / scores.length).toFixed(2);
  return `By this station’s own history; ± is how far it was off on average lately, ${mean((score) => score.mean_absolute_error ?? 0)} where “same as now” was off by ${mean((score) => score.same_as_now ?? 0)}.`;
}
