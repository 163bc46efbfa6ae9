// Bike stations: a disc in the colour of their availability when live, rings otherwise (look.ts).
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { kStates, type State } from "../../model/station";
import { kLooks, type Look } from "../look";
import type { Palette } from "../palette";
import { cluster_image, clusters, not_cluster } from "./cluster";
import { draw_mark, image_of, kTextFont, ring_colour } from "../symbols";
import type { KindLayers } from "./kind_layers";

/** Radius in pixels of a live station by zoom. */
const kRadius: [number, number][] = [
  [8, 2.5],
  [11, 4.5],
  [13, 7.5],
  [15, 12],
  [17, 15],
];
const kFigureZoom = 13.5;
/** Marks are drawn for this radius and scaled with the zoom. */
const kDrawnRadius = 12;

/** An expression by state, from the look table. */
function by_state(value: (look: Look) => unknown): ExpressionSpecification {
  const arms = kStates.flatMap((state) => [state, value(kLooks[state])]);
  return ["match", ["get", "state"], ...arms, value(kLooks.silent)] as unknown as ExpressionSpecification;
}

function by_zoom(value: (radius: number) => unknown): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], ...kRadius.flatMap(([zoom, radius]) => [zoom, value(radius)])] as ExpressionSpecification;
}

/** The colour of a state's disc or ring: fixed, or an expression by availability. */
function colour_of(look: Look, palette: Palette): unknown {
  const by_level = ["match", ["get", "level"], "few", palette.few, "even", palette.even, "full", palette.full, palette.unknown];
  return ring_colour(look, by_level, palette);
}

function discs(palette: Palette): LayerSpecification {
  return {
    id: "bike-disc",
    type: "circle",
    source: "bike",
    filter: not_cluster,
    layout: { "circle-sort-key": by_state((look) => (look.filled ? 1 : 0)) },
    paint: {
      "circle-radius": by_zoom((radius) => by_state((look) => (look.filled ? radius : Math.max(1.5, radius * look.size - 1.25)))),
      "circle-color": by_state((look) => (look.filled ? colour_of(look, palette) : palette.surface)),
      "circle-stroke-color": by_state((look) => (look.filled ? palette.surface : colour_of(look, palette))),
      "circle-stroke-width": by_zoom((radius) => by_state((look) => (look.filled ? Math.min(1.25, radius / 6) : Math.min(2.5, radius / 2.6)))),
    },
  };
}

const kSymbolLayout = {
  "icon-size": by_zoom((radius) => radius / kDrawnRadius),
  "icon-allow-overlap": true,
  "icon-ignore-placement": true,
} as const;

function marks(): LayerSpecification {
  const marked = kStates.filter((state) => kLooks[state].mark !== "none");
  return {
    id: "bike-mark",
    type: "symbol",
    source: "bike",
    minzoom: 11,
    filter: ["all", not_cluster, ["in", ["get", "state"], ["literal", marked]]],
    layout: { ...kSymbolLayout, "icon-image": ["concat", "bike|mark|", ["get", "state"]] },
  };
}

function figures(palette: Palette): LayerSpecification {
  return {
    id: "bike-figure",
    type: "symbol",
    source: "bike",
    minzoom: kFigureZoom,
    filter: ["all", not_cluster, ["!=", ["get", "figure"], ""]],
    layout: {
      "text-field": ["get", "figure"],
      "text-font": kTextFont,
      "text-size": by_zoom((radius) => ["case", [">", ["length", ["get", "figure"]], 2], radius * 0.85, radius * 1.08]),
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": by_state((look) => (look.filled ? palette.surface : palette.ink)) },
  };
}

function image(parts: string[], palette: Palette): ImageData | null {
  const [what, state] = parts;
  if (what === "cluster") return cluster_image(parts.slice(1), palette);
  const look = state !== undefined && Object.hasOwn(kLooks, state) ? kLooks[state as State] : undefined;
  if (look === undefined || what !== "mark") return null;
  const colour = ring_colour(look, palette.unknown, palette);
  return image_of(2 * kDrawnRadius, 2 * kDrawnRadius, (pen) => draw_mark(pen, look.mark, kDrawnRadius, kDrawnRadius, kDrawnRadius * look.size, colour));
}

export const kBikeLayers: KindLayers = {
  kind: "bike",
  layers: (palette) => [discs(palette), marks(), figures(palette), clusters(palette)],
  clickable: ["bike-disc", "bike-cluster"],
  image,
};
