// The map's style: a plain ground, one source per kind of station, and the ring round the selected one.
// Nothing in it loads from anywhere.
import type { GeoJSONSourceSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { kBikeLayers } from "./layers/bike";
import type { KindLayers } from "./layers/kind_layers";
import { kRailLayers } from "./layers/rail";
import { kWeatherLayers } from "./layers/weather";
import type { Palette } from "./palette";

/** Bottom first. */
export const kKindLayers: readonly KindLayers[] = [kRailLayers, kBikeLayers, kWeatherLayers];

export const kSelectionSource = "selection";

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

export function layers_of(palette: Palette): LayerSpecification[] {
  const ground: LayerSpecification = { id: "ground", type: "background", paint: { "background-color": palette.ground } };
  return [ground, selection_layer(palette), ...kKindLayers.flatMap((kind) => kind.layers(palette))];
}

export function map_style(palette: Palette): StyleSpecification {
  const sources: StyleSpecification["sources"] = { [kSelectionSource]: empty_source() };
  for (const { kind } of kKindLayers) sources[kind] = empty_source({ promoteId: "station_id" });
  return { version: 8, sources, layers: layers_of(palette) };
}

/** The image a layer asked for by id ("kind|…"), or null for an id that is not ours. */
export function draw_image(id: string, palette: Palette): ImageData | null {
  const [kind, ...parts] = id.split("|");
  return kKindLayers.find((layers) => layers.kind === kind)?.image(parts, palette) ?? null;
}
