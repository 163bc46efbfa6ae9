// The service worker: keeps the page's own files, so that it opens without a connection. Central is asked first, always:
// a page of yesterday must not hide today's. What central answers (api, events) is never kept here.
const kCache = "wayside-page";
const kFiles = ["./", "assets/app.js", "assets/app.css", "assets/maplibre-worker.js", "assets/icon.svg", "manifest.webmanifest"];

const worker = self as unknown as ServiceWorkerGlobalScope;

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerGlobalScope extends EventTarget {
  skipWaiting(): Promise<void>;
  readonly registration: { readonly scope: string };
}

worker.addEventListener("install", (event) => {
  (event as ExtendableEvent).waitUntil(caches.open(kCache).then((cache) => cache.addAll(kFiles)).then(() => worker.skipWaiting()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event as FetchEvent;
  const path = request.url.split(/[?#]/)[0]?.slice(worker.registration.scope.length) ?? "";
  if (request.method !== "GET" || !request.url.startsWith(worker.registration.scope) || !kFiles.includes(path === "" ? "./" : path)) return;
  (event as FetchEvent).respondWith(central_first(request));
});

async function central_first(request: Request): Promise<Response> {
  const cache = await caches.open(kCache);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  }
}
