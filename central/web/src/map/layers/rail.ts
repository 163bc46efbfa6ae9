// Rail stations: small squares. Lines and trains are layers of their own, to come.
import type { LayerSpecification } from "maplibre-gl";
import { is_state } from "../../model/station";
import { kLooks } from "../look";
import { draw_mark, draw_plate, image_of, ring_colour } from "../symbols";
import type { KindLayers } from "./kind_layers";

const kSize = 16;

function squares(): LayerSpecification {
  return {
    id: "rail-square",
    type: "symbol",
    source: "rail",
    layout: {
      "icon-image": ["concat", "rail|", ["get", "state"]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 0.9, 16, 1.4],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}

export const kRailLayers: KindLayers = {
  kind: "rail",
  layers: () => [squares()],
  clickable: ["rail-square"],
  image([state], palette) {
    if (!is_state(state)) return null;
    const look = kLooks[state];
    return image_of(kSize, kSize, (pen) => {
      draw_plate(pen, { x: 0, y: 0, w: kSize, h: kSize, round: 3 }, state, palette.rail, palette);
      draw_mark(pen, look.mark, kSize / 2, kSize / 2, kSize / 2, ring_colour(look, palette.rail, palette));
    });
  },
};
