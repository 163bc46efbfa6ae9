// The map's style: a plain ground, one source per kind of station, and the ring round the selected one.
// Nothing in it loads from anywhere.
import type { GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { kBikeLayers } from "./layers/bike";
import { kClusterProperties, kClusterZoomMax } from "./layers/cluster";
import type { KindLayers } from "./layers/kind_layers";
import { kRailLayers } from "./layers/rail";
import { kLineSource, rail_lines } from "./layers/rail_line";
import { kWeatherLayers } from "./layers/weather";
import type { Kind } from "../model/station";
import type { Palette } from "./palette";

/** Bottom first. */
export const kKindLayers: readonly KindLayers[] = [kRailLayers, kBikeLayers, kWeatherLayers];

export const kSelectionSource = "selection";
export const kNearSource = "near";

const kClustered = { cluster: false, clusterRadius: 44, clusterMinPoints: 3, clusterMaxZoom: kClusterZoomMax, clusterProperties: kClusterProperties };

function empty_source(extra: Partial<GeoJSONSourceSpecification> = {}): GeoJSONSourceSpecification {
  return { type: "geojson", data: { type: "FeatureCollection", features: [] }, tolerance: 0, ...extra };
}

function selection_layer(palette: Palette): LayerSpecification {
  return {
    id: "selection-ring",
    type: "circle",
    source: kSelectionSource,
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 8, 13, 13, 15, 18, 17, 21],
      "circle-color": palette.accent,
      "circle-opacity": 0.22,
      "circle-stroke-color": palette.accent,
      "circle-stroke-width": 2,
    },
  };
}

/** Where the reader searches near: the spot and the circle of the radius. */
function near_layers(palette: Palette): LayerSpecification[] {
  return [
    { id: "near-area", type: "fill", source: kNearSource, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": palette.accent, "fill-opacity": 0.07 } },
    { id: "near-edge", type: "line", source: kNearSource, filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": palette.accent, "line-width": 1.5, "line-dasharray": [3, 2] } },
    {
      id: "near-spot",
      type: "circle",
      source: kNearSource,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 6, "circle-color": palette.accent, "circle-stroke-color": palette.surface, "circle-stroke-width": 2.5 },
    },
  ];
}

export const ground_layer = (palette: Palette): LayerSpecification => ({ id: "ground", type: "background", paint: { "background-color": palette.ground } });

/** All of ours, above the ground and a base map. */
export function layers_of(palette: Palette): LayerSpecification[] {
  const near = near_layers(palette);
  return [...near.slice(0, 2), rail_lines(palette), selection_layer(palette), ...kKindLayers.flatMap((kind) => kind.layers(palette)), ...near.slice(2)];
}

export function map_style(palette: Palette): StyleSpecification {
  const sources: StyleSpecification["sources"] = { [kSelectionSource]: empty_source(), [kNearSource]: empty_source(), [kLineSource]: empty_source() };
  for (const { kind } of kKindLayers) sources[kind] = empty_source({ promoteId: "station_id", ...(kind === "bike" ? kClustered : {}) });
  return { version: 8, sources, layers: [ground_layer(palette), ...layers_of(palette)] };
}

/** The layers that one switch shows or hides. */
export function layers_of_kind(kind: Kind, palette: Palette): string[] {
  const own = kKindLayers.find((layers) => layers.kind === kind)?.layers(palette).map((layer) => layer.id) ?? [];
  return kind === "rail" ? [...own, rail_lines(palette).id] : own;
}

/** The image a layer asked for by id ("kind|…"), or null for an id that is not ours. */
export function draw_image(id: string, palette: Palette): ImageData | null {
  const [kind, ...parts] = id.split("|");
  return kKindLayers.find((layers) => layers.kind === kind)?.image(parts, palette) ?? null;
}
