// Weather stations: a pill with the temperature, an arrow that flies with the wind, a drop while it rains. Dashed and
// without a figure when what it says is old.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { is_state, kStates, type State } from "../../model/station";
import { kLooks } from "../look";
import type { Palette } from "../palette";
import { draw_figure, draw_mark, draw_plate, image_of, kTextFont, ring_colour, type Pen } from "../symbols";
import type { KindLayers } from "./kind_layers";

const kHeight = 22;
const kWidth = 36;
const kArrow = 26;
const kDrop = 16;
/** From afar there are too many to read: those that fit are shown, without wind and rain. */
const kSkyZoom = 11;

const kIconSize: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 7, 0.6, 12, 1, 16, 1.15];
const kCrowded = ["step", ["zoom"], false, 11, true] as unknown as boolean;

function pills(palette: Palette): LayerSpecification {
  const filled = kStates.filter((state) => kLooks[state].filled);
  return {
    id: "weather-pill",
    type: "symbol",
    source: "weather",
    layout: {
      "icon-image": ["concat", "weather|pill|", ["get", "state"], ["case", ["==", ["get", "figure"], ""], "|none", "|"]],
      "icon-size": kIconSize,
      "icon-allow-overlap": kCrowded,
      "icon-ignore-placement": kCrowded,
      "text-field": ["case", ["==", ["get", "figure"], ""], "", ["concat", ["get", "figure"], "°"]],
      "text-font": kTextFont,
      "text-size": ["interpolate", ["linear"], ["zoom"], 7, 8, 12, 12.5, 16, 14.5],
      "text-allow-overlap": kCrowded,
      "text-ignore-placement": kCrowded,
    },
    paint: { "text-color": ["match", ["get", "state"], filled, palette.surface, palette.weather] },
  };
}

/** Beside the pill: an arrow to the left, a drop to the right. Moved, not offset: an offset would turn with the arrow. */
function sky(id: string, image: ExpressionSpecification, aside: number, filter: ExpressionSpecification, turn: ExpressionSpecification | number): LayerSpecification {
  return {
    id,
    type: "symbol",
    source: "weather",
    minzoom: kSkyZoom,
    filter,
    layout: { "icon-image": image, "icon-size": kIconSize, "icon-rotate": turn, "icon-allow-overlap": true, "icon-ignore-placement": true },
    paint: { "icon-translate": ["interpolate", ["linear"], ["zoom"], 7, ["literal", [aside * 0.6, 0]], 12, ["literal", [aside, 0]], 16, ["literal", [aside * 1.15, 0]]] },
  };
}

const wind = () => sky("weather-wind", ["concat", "weather|wind|", ["to-string", ["get", "wind_force"]]], -(kWidth + kArrow) / 2 + 2, [">=", ["get", "wind_force"], 0], ["+", 180, ["get", "wind_from_deg"]]);
const rain = () => sky("weather-rain", ["literal", "weather|rain"] as unknown as ExpressionSpecification, (kWidth + kDrop) / 2 - 2, ["==", ["get", "rain"], true], 0);

function pill(state: State, empty: boolean, palette: Palette): ImageData {
  const look = kLooks[state];
  const width = empty ? kHeight + 4 : kWidth;
  return image_of(width, kHeight, (pen) => {
    draw_plate(pen, { x: 0, y: 0, w: width, h: kHeight, round: kHeight / 2 }, state, palette.weather, palette);
    if (!empty) return;
    const colour = look.filled ? palette.surface : ring_colour(look, palette.weather, palette);
    if (look.mark !== "none") draw_mark(pen, look.mark, width / 2, kHeight / 2, 9, colour);
    else draw_figure(pen, "–", width / 2, kHeight / 2, 12.5, colour);
  });
}

/** An arrow that points where the wind blows to; longer and heavier with its force (0 to 4). */
export function draw_wind(pen: Pen, x: number, y: number, from_deg: number, force: number, palette: Palette): void {
  const length = 6.5 + force;
  pen.save();
  pen.translate(x, y);
  pen.rotate(((from_deg + 180) * Math.PI) / 180);
  for (const [colour, width] of [[palette.surface, 5], [palette.ink, 1.6 + force * 0.5]] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(0, length);
    pen.lineTo(0, -length);
    pen.moveTo(-4, -length + 5);
    pen.lineTo(0, -length);
    pen.lineTo(4, -length + 5);
    pen.stroke();
  }
  pen.restore();
}

export function draw_drop(pen: Pen, x: number, y: number, colour: string, edge: string): void {
  pen.beginPath();
  pen.moveTo(x, y - 7);
  pen.bezierCurveTo(x + 2, y - 3, x + 5, y - 1, x + 5, y + 2.5);
  pen.arc(x, y + 2.5, 5, 0, Math.PI);
  pen.bezierCurveTo(x - 5, y - 1, x - 2, y - 3, x, y - 7);
  pen.fillStyle = colour;
  pen.strokeStyle = edge;
  pen.lineWidth = 1.5;
  pen.fill();
  pen.stroke();
}

export const kWeatherLayers: KindLayers = {
  kind: "weather",
  layers: (palette) => [pills(palette), wind(), rain()],
  clickable: ["weather-pill"],
  image([what, part, empty], palette) {
    if (what === "wind") return image_of(kArrow, kArrow, (pen) => draw_wind(pen, kArrow / 2, kArrow / 2, 180, Number(part), palette));
    if (what === "rain") return image_of(kDrop, kDrop, (pen) => draw_drop(pen, kDrop / 2, kDrop / 2, palette.rain, palette.surface));
    return what === "pill" && is_state(part) ? pill(part, empty === "none", palette) : null;
  },
};
