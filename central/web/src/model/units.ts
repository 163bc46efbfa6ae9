// Metric or imperial: values stay as the contract has them, only what is shown is converted.

export type Units = "metric" | "imperial";

interface Conversion {
  unit: string;
  factor: number;
  offset?: number;
  decimals: number;
}

/** By the unit of the contract. Missing: the same in both. */
const kImperial: Record<string, Conversion> = {
  "°C": { unit: "°F", factor: 1.8, offset: 32, decimals: 0 },
  "m/s": { unit: "mph", factor: 2.236936, decimals: 0 },
  mm: { unit: "in", factor: 1 / 25.4, decimals: 2 },
  hPa: { unit: "inHg", factor: 0.02953, decimals: 2 },
};

let units_: Units = "metric";

export const units = (): Units => units_;

export function set_units(units: Units): void {
  units_ = units;
}

/** The value, its unit and how many decimals, as the reader wants them. */
export function converted(value: number, unit: string, decimals: number | undefined): { value: number; unit: string; decimals: number | undefined } {
  const imperial = units_ === "imperial" ? kImperial[unit] : undefined;
  if (imperial === undefined) return { value, unit, decimals };
  return { value: value * imperial.factor + (imperial.offset ?? 0), unit: imperial.unit, decimals: imperial.decimals };
}

/** Whole degrees for a symbol on the map. */
export function whole_degrees(celsius: number): number {
  return Math.round(converted(celsius, "°C", 0).value) + 0; // + 0: no "-0"
}

/** "350 m", "1.2 km"; "380 yd", "0.7 mi". */
export function distance_words(metres: number): string {
  if (units_ === "imperial") {
    const yards = metres * 1.093613;
    return yards < 880 ? `${Math.round(yards / 10) * 10} yd` : `${(metres / 1609.344).toFixed(1)} mi`;
  }
  return metres < 995 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`;
}
