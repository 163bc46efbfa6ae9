// The last picture, kept in this browser, so that the page has something to show without a connection. It is shown with its
// age, and never as live.
import type { Station } from "../model/station";

const kCache = "wayside-picture";
const kPath = "last-picture.json";

export interface LastPicture {
  /** Milliseconds since 1970 when it was true. */
  at_ms: number;
  stations: Station[];
}

/** Does nothing where the browser keeps nothing for the page (plain http, private windows). */
export async function keep_picture(at_ms: number, stations: Iterable<Station>): Promise<void> {
  if (!("caches" in window)) return;
  try {
    const cache = await caches.open(kCache);
    await cache.put(kPath, new Response(JSON.stringify({ at_ms, stations: [...stations] }), { headers: { "content-type": "application/json" } }));
  } catch {
    // full, or not allowed: the page works without
  }
}

export async function load_picture(): Promise<LastPicture | null> {
  if (!("caches" in window)) return null;
  try {
    const kept = await (await caches.open(kCache)).match(kPath);
    const picture = (await kept?.json()) as LastPicture | undefined;
    return picture !== undefined && picture.at_ms > 0 && Array.isArray(picture.stations) ? picture : null;
  } catch {
    return null;
  }
}

/** Lets the page open without a connection. The worker is a file of its own: sw.ts. */
export function install_worker(): void {
  if ("serviceWorker" in navigator) void navigator.serviceWorker.register("sw.js").catch(() => undefined);
}
