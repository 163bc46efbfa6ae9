// "Here": a right click, or a finger held still on the map for over half a second.
import type { Map as MapLibre } from "maplibre-gl";

const kHoldMs = 550;
const kStillPx = 8;

export function on_long_press(map: MapLibre, handle: (lon: number, lat: number) => void): void {
  map.on("contextmenu", (event) => {
    event.preventDefault();
    handle(event.lngLat.lng, event.lngLat.lat);
  });
  let timer: number | undefined;
  let from = { x: 0, y: 0 };
  const stop = () => window.clearTimeout(timer);
  map.on("touchstart", (event) => {
    stop();
    if (event.points.length !== 1) return;
    from = event.point;
    const { lng, lat } = event.lngLat;
    timer = window.setTimeout(() => handle(lng, lat), kHoldMs);
  });
  map.on("touchmove", (event) => {
    if (Math.hypot(event.point.x - from.x, event.point.y - from.y) > kStillPx) stop();
  });
  for (const end of ["touchend", "touchcancel", "movestart"] as const) map.on(end, stop);
}
