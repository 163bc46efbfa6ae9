// What lies under the pointer: the nearest station or cluster, with room for fingers.
import type { Map as MapLibre, MapMouseEvent } from "maplibre-gl";
import { kKindLayers } from "./style";

export type Pick = { station_id: string } | { cluster_id: number; at: [number, number] } | null;

const kClickable = kKindLayers.flatMap((layers) => layers.clickable);

export function pick(map: MapLibre, event: MapMouseEvent): Pick {
  const reach = window.matchMedia("(pointer: coarse)").matches ? 14 : 5;
  const { x, y } = event.point;
  let best: Pick = null;
  let best_distance = Infinity;
  for (const feature of map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: kClickable })) {
    if (feature.geometry.type !== "Point") continue;
    const at = feature.geometry.coordinates as [number, number];
    const on_screen = map.project(at);
    const distance = Math.hypot(on_screen.x - x, on_screen.y - y);
    if (distance >= best_distance) continue;
    best_distance = distance;
    const { cluster_id, station_id } = feature.properties;
    best = cluster_id !== undefined ? { cluster_id: Number(cluster_id), at } : { station_id: String(station_id) };
  }
  return best;
}
