// Where the reader is, and where an address is. Both answer with words for a person when they cannot.
import type { Spot } from "../model/distance";

export type Located = { spot: Spot; name: string } | { problem: string };

const kTimeoutMs = 15_000;

const kWhy: Record<number, string> = {
  1: "The browser was not allowed to tell where you are.",
  2: "The device does not know where it is.",
  3: "The device did not say in time where it is.",
};
const kInstead = " Choose a spot on the map with “Near here”.";

export async function locate_me(): Promise<Located> {
  if (!window.isSecureContext) return { problem: `Browsers tell a place only to pages on https or on this machine, and this page is on plain http.${kInstead}` };
  if (!("geolocation" in navigator)) return { problem: `This browser cannot tell where you are.${kInstead}` };
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ spot: { lat: coords.latitude, lon: coords.longitude }, name: "you" }),
      (error) => resolve({ problem: `${kWhy[error.code] ?? "The browser did not say where you are."}${kInstead}` }),
      { enableHighAccuracy: true, timeout: kTimeoutMs, maximumAge: 60_000 },
    );
  });
}

/** `url` holds {q}; the answer is Nominatim's list or a GeoJSON FeatureCollection (Photon, Pelias). */
export async function locate_address(url: string, text: string): Promise<Located> {
  const not_understood = { problem: `“${text}” was not understood as an address. Try street and number, or choose a spot on the map with “Near here”.` };
  try {
    const response = await fetch(url.replace("{q}", encodeURIComponent(text)), { referrerPolicy: "no-referrer", credentials: "omit", signal: AbortSignal.timeout(kTimeoutMs) });
    if (!response.ok) return { problem: `The address search answered ${response.status}. Try again later, or use “Near here”.` };
    return first_place(await response.json(), text) ?? not_understood;
  } catch {
    return { problem: "The address search did not answer. Try again later, or use “Near here”." };
  }
}

function first_place(answer: unknown, text: string): Located | null {
  const [item] = (Array.isArray(answer) ? answer : ((answer as { features?: unknown[] } | null)?.features ?? [])) as Record<string, unknown>[];
  if (item === undefined) return null;
  const coordinates = (item.geometry as { coordinates?: unknown[] } | undefined)?.coordinates ?? [item.lon, item.lat];
  const [lon, lat] = coordinates.map(Number);
  if (lon === undefined || lat === undefined || !(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) return null;
  const name = item.display_name ?? (item.properties as { name?: unknown } | undefined)?.name;
  return { spot: { lat, lon }, name: typeof name === "string" ? name.slice(0, 80) : text };
}
