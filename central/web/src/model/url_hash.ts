// The part of the page's address after '#': what a reload or a shared link brings back.
// Example: #map=13.2/41.8781/-87.6298&station=72&want=docks&near=41.88/-87.64/800/2
// Keys this version does not know are kept, so that views added later can share the hash.
import { is_state_filter, type StateFilter, type Want } from "./map_filter";
import { kKinds, type Kind } from "./station";

export interface Place {
  zoom: number;
  lat: number;
  lon: number;
}

/** "At least so many bikes (or docks) within so many metres of here." */
export interface Near {
  lat: number;
  lon: number;
  radius_m: number;
  at_least: number;
}

export interface HashState {
  map: Place | null;
  station: string | null;
  want: Want;
  /** Kinds that are shown; all of them is not written. */
  kinds: Kind[];
  state: StateFilter;
  panel: string | null;
  near: Near | null;
  /** Text of the search. */
  q: string;
  /** The rail line on show. */
  line: string;
  /** A past minute that the map shows, RFC 3339; null: live. */
  at: string | null;
  other: [string, string][];
}

export const no_hash = (): HashState => ({ map: null, station: null, want: "bikes", kinds: [...kKinds], state: "any", panel: null, near: null, q: "", line: "", at: null, other: [] });

export function parse_hash(hash: string): HashState {
  const state = no_hash();
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (key === "map") state.map = parse_place(value);
    else if (key === "station") state.station = value || null;
    else if (key === "want") state.want = value === "docks" ? "docks" : "bikes";
    else if (key === "layers") state.kinds = kKinds.filter((kind) => value.split(",").includes(kind));
    else if (key === "state") state.state = is_state_filter(value) ? value : "any";
    else if (key === "panel") state.panel = value || null;
    else if (key === "near") state.near = parse_near(value);
    else if (key === "q") state.q = value;
    else if (key === "line") state.line = value;
    else if (key === "at") state.at = Number.isFinite(Date.parse(value)) ? value : null;
    else state.other.push([key, value]);
  }
  return state;
}

export function format_hash(state: HashState): string {
  const parts: string[] = [];
  const part = (key: string, value: string | null) => value !== null && value !== "" && parts.push(`${key}=${value}`);
  part("map", state.map && format_place(state.map));
  part("station", state.station && encodeURIComponent(state.station));
  if (state.want !== "bikes") part("want", state.want);
  if (state.kinds.length < kKinds.length) part("layers", state.kinds.join(",") || "none");
  if (state.state !== "any") part("state", state.state);
  part("panel", state.panel && encodeURIComponent(state.panel));
  part("near", state.near && format_near(state.near));
  part("q", encodeURIComponent(state.q));
  part("line", encodeURIComponent(state.line));
  part("at", state.at && encodeURIComponent(state.at));
  for (const [key, value] of state.other) parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** All parts as numbers, or null. */
function numbers_of(text: string, count: number): number[] | null {
  const numbers = text.split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
}

const on_earth = (lat: number, lon: number) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180;

function parse_place(text: string): Place | null {
  const [zoom = -1, lat = 91, lon = 0] = numbers_of(text, 3) ?? [];
  return zoom >= 0 && zoom <= 24 && on_earth(lat, lon) ? { zoom, lat, lon } : null;
}

function parse_near(text: string): Near | null {
  const [lat = 91, lon = 0, radius_m = 0, at_least = 0] = numbers_of(text, 4) ?? [];
  if (!on_earth(lat, lon) || radius_m <= 0 || radius_m > 100_000 || at_least < 0) return null;
  return { lat, lon, radius_m, at_least: Math.floor(at_least) };
}

function format_place(place: Place): string {
  const lon = ((((place.lon + 180) % 360) + 360) % 360) - 180; // a map panned round the world
  return `${trim(place.zoom, 2)}/${trim(place.lat, 5)}/${trim(lon, 5)}`;
}

const format_near = (near: Near) => `${trim(near.lat, 5)}/${trim(near.lon, 5)}/${near.radius_m}/${near.at_least}`;

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
