// Rail lines: a coloured path through their stations in order. Lines that share a stretch lie side by side.
import type { Feature, FeatureCollection, LineString } from "geojson";
import type { LayerSpecification } from "maplibre-gl";
import { line_colour } from "../../model/line_colour";
import type { Line } from "../../model/rail";
import type { Palette } from "../palette";

export const kLineSource = "rail-line";

export function rail_lines(palette: Palette): LayerSpecification {
  const arms = Object.entries(palette.lines).flat();
  return {
    id: "rail-line",
    type: "line",
    source: kLineSource,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": ["match", ["get", "colour"], ...(arms as [string, string]), palette.rail],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 2, 13, 4, 16, 6],
      "line-offset": ["interpolate", ["linear"], ["zoom"], 8, ["*", ["get", "side"], 2], 13, ["*", ["get", "side"], 4], 16, ["*", ["get", "side"], 6]],
      "line-opacity": 0.85,
    },
  };
}

/** `place_of`: [lon, lat] of a station, or null for one that is on no map. */
export function line_features(lines: readonly Line[], place_of: (station_id: string) => [number, number] | null): FeatureCollection<LineString> {
  const features: Feature<LineString>[] = [];
  const taken = new Map<string, number>(); // how many lines a stretch has already
  for (const { route_id, stops } of lines) {
    const stretches = stops.slice(1).map((stop, at) => [stops[at] ?? "", stop].sort().join(" "));
    const side = Math.max(0, ...stretches.map((stretch) => taken.get(stretch) ?? 0));
    for (const stretch of stretches) taken.set(stretch, side + 1);
    const coordinates = stops.map(place_of).filter((at): at is [number, number] => at !== null);
    if (coordinates.length < 2) continue;
    features.push({ type: "Feature", geometry: { type: "LineString", coordinates }, properties: { route_id, colour: line_colour(route_id), side } });
  }
  return { type: "FeatureCollection", features };
}
