// Labels, units and order of values. A field this table does not know is still shown: its label from
// its name, its unit from its last part, as the contract names fields.
import type { Values } from "./station";
import { converted } from "./units";

export interface ShownValue {
  field: string;
  label: string;
  text: string;
}

const kLabels: Record<string, string> = {
  num_bikes_available: "Bikes",
  num_ebikes_available: "E-bikes",
  num_docks_available: "Free docks",
  num_bikes_disabled: "Bikes out of order",
  num_docks_disabled: "Docks out of order",
  num_scooters_available: "Scooters",
  is_installed: "Installed",
  is_renting: "Renting",
  is_returning: "Taking returns",
  air_temperature_C: "Temperature",
  relative_humidity_pct: "Humidity",
  dew_point_temperature_C: "Dew point",
  wind_speed_m_s: "Wind",
  wind_speed_of_gust_m_s: "Gusts",
  wind_from_direction_deg: "Wind from",
  precipitation_total_mm: "Rain, counter",
  air_pressure_at_mean_sea_level_hPa: "Pressure at sea level",
  surface_air_pressure_hPa: "Pressure",
  weather_condition: "Condition",
  vehicle_id: "Last train",
  route_id: "Line",
  direction_id: "Direction",
  vehicle_status: "Train status",
  entries_total: "Entries, counter",
  exits_total: "Exits, counter",
};

const kOrder = Object.keys(kLabels);

// Longest ending first. Decimals where a fixed number reads better than what the device sent.
const kUnits: { ending: string; unit: string; decimals?: number }[] = [
  { ending: "_m_s", unit: "m/s", decimals: 1 },
  { ending: "_pct", unit: "%" },
  { ending: "_hPa", unit: "hPa", decimals: 1 },
  { ending: "_deg", unit: "°", decimals: 0 },
  { ending: "_mm", unit: "mm", decimals: 1 },
  { ending: "_C", unit: "°C", decimals: 1 },
  { ending: "_V", unit: "V" },
  { ending: "_s", unit: "s" },
];

/** Fields that say how a value was made, not what was observed. */
const kHidden = /(^|_)(counter_id|id_hash)$/;
const kTextMax = 80;

/** The values worth showing, in reading order, known fields first. */
export function shown_values(values: Values): ShownValue[] {
  return Object.keys(values)
    .filter((field) => !kHidden.test(field) && values[field] !== null && values[field] !== undefined)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((field) => ({ field, label: label_of(field), text: text_of(field, values[field]) }));
}

function rank(field: string): number {
  const at = kOrder.indexOf(field);
  return at < 0 ? kOrder.length : at;
}

function unit_of(field: string) {
  return kUnits.find(({ ending }) => field.endsWith(ending));
}

export function label_of(field: string): string {
  const known = Object.hasOwn(kLabels, field) ? kLabels[field] : undefined;
  if (known !== undefined) return known;
  const unit = unit_of(field);
  const bare = (unit ? field.slice(0, -unit.ending.length) : field).replace(/_/g, " ").trim();
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

export function text_of(field: string, value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return number_text(field, value);
  if (typeof value === "string") return shorten(field === "weather_condition" ? value.replace(/_/g, " ") : value);
  return shorten(JSON.stringify(value) ?? "");
}

function number_text(field: string, value: number): string {
  const known = unit_of(field);
  const shown = converted(value, known?.unit ?? "", known?.decimals);
  const digits = shown.decimals !== undefined ? shown.value.toFixed(shown.decimals) : String(Number(value.toPrecision(12)));
  if (field === "wind_from_direction_deg") return `${digits}° ${compass_point(value)}`;
  if (known === undefined) return digits;
  return shown.unit === "°" ? `${digits}°` : `${digits}\u00a0${shown.unit}`;
}

const kPoints = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"];

export function compass_point(degrees: number): string {
  const turned = ((degrees % 360) + 360) % 360;
  return kPoints[Math.round(turned / 22.5) % 16] ?? "N";
}

function shorten(text: string): string {
  return text.length <= kTextMax ? text : `${text.slice(0, kTextMax - 1)}…`;
}
