// The part of the page's address after '#': what a reload or a shared link brings back.
// Example: #map=13.2/41.8781/-87.6298&station=72
// Keys this version does not know are kept, so that views added later can share the hash.

export interface Place {
  zoom: number;
  lat: number;
  lon: number;
}

export interface HashState {
  map: Place | null;
  station: string | null;
  other: [string, string][];
}

export function parse_hash(hash: string): HashState {
  const state: HashState = { map: null, station: null, other: [] };
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (key === "map") state.map = parse_place(value);
    else if (key === "station") state.station = value || null;
    else state.other.push([key, value]);
  }
  return state;
}

export function format_hash(state: HashState): string {
  const parts: string[] = [];
  if (state.map) parts.push(`map=${format_place(state.map)}`);
  if (state.station !== null) parts.push(`station=${encodeURIComponent(state.station)}`);
  for (const [key, value] of state.other) parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

function parse_place(text: string): Place | null {
  const numbers = text.split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const [zoom, lat, lon] = numbers;
  if (numbers.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null;
  if (!numbers.every(Number.isFinite)) return null;
  if (zoom < 0 || zoom > 24 || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { zoom, lat, lon };
}

function format_place(place: Place): string {
  const lon = ((((place.lon + 180) % 360) + 360) % 360) - 180; // a map panned round the world
  return `${trim(place.zoom, 2)}/${trim(place.lat, 5)}/${trim(lon, 5)}`;
}

function trim(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
