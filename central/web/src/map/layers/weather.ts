// Weather stations: a pill with the temperature; dashed and without a figure when it is old.
import type { LayerSpecification } from "maplibre-gl";
import { is_state, type State } from "../../model/station";
import { kLooks } from "../look";
import type { Palette } from "../palette";
import { draw_figure, draw_mark, draw_plate, image_of, ring_colour } from "../symbols";
import type { KindLayers } from "./kind_layers";

const kHeight = 22;

function pills(): LayerSpecification {
  return {
    id: "weather-pill",
    type: "symbol",
    source: "weather",
    layout: {
      "icon-image": ["concat", "weather|", ["get", "state"], "|", ["get", "figure"]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 7, 0.6, 12, 1, 16, 1.15],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}

function pill(state: State, figure: string, palette: Palette): ImageData {
  const look = kLooks[state];
  const text = figure === "" ? "" : `${figure}°`;
  const width = text === "" ? kHeight + 4 : Math.max(kHeight + 8, 14 + 8 * text.length);
  return image_of(width, kHeight, (pen) => {
    draw_plate(pen, { x: 0, y: 0, w: width, h: kHeight, round: kHeight / 2 }, state, palette.weather, palette);
    const colour = look.filled ? palette.surface : ring_colour(look, palette.weather, palette);
    if (text !== "") draw_figure(pen, text, width / 2 + 1.5, kHeight / 2, 12.5, colour);
    else if (look.mark !== "none") draw_mark(pen, look.mark, width / 2, kHeight / 2, 9, colour);
    else draw_figure(pen, "–", width / 2, kHeight / 2, 12.5, colour);
  });
}

export const kWeatherLayers: KindLayers = {
  kind: "weather",
  layers: () => [pills()],
  clickable: ["weather-pill"],
  image([state, figure], palette) {
    return is_state(state) ? pill(state, figure ?? "", palette) : null;
  },
};
