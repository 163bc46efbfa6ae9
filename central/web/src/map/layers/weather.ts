// Weather stations: a pill with the temperature, an arrow that flies with the wind, a drop while it rains. Dashed and
// without a figure when what it says is old.
import type { LayerSpecification } from "maplibre-gl";
import { is_state, type State } from "../../model/station";
import { kLooks } from "../look";
import type { Palette } from "../palette";
import { draw_figure, draw_mark, draw_plate, image_of, ring_colour, type Pen } from "../symbols";
import type { KindLayers } from "./kind_layers";

const kHeight = 22;
/** Room for the arrow to the left and the drop to the right. */
const kArrowBox = 24;
const kDropBox = 13;

function pills(): LayerSpecification {
  return {
    id: "weather-pill",
    type: "symbol",
    source: "weather",
    layout: {
      "icon-image": ["concat", "weather|", ["get", "state"], "|", ["get", "figure"], "|", ["get", "wind"], "|", ["case", ["get", "rain"], "rain", ""]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 7, 0.6, 12, 1, 16, 1.15],
      // From afar there are too many to read: those that fit are shown.
      "icon-allow-overlap": ["step", ["zoom"], false, 11, true],
      "icon-ignore-placement": ["step", ["zoom"], false, 11, true],
    },
  };
}

function pill(state: State, figure: string, wind: string, rain: boolean, palette: Palette): ImageData {
  const look = kLooks[state];
  const text = figure === "" ? "" : `${figure}°`;
  const width = text === "" ? kHeight + 4 : Math.max(kHeight + 8, 14 + 8 * text.length);
  const left = wind === "" ? 0 : kArrowBox;
  const right = rain ? kDropBox : 0;
  const side = Math.max(left, right); // the pill's middle is the station's place
  return image_of(width + 2 * side, Math.max(kHeight, kArrowBox), (pen) => {
    const middle = Math.max(kHeight, kArrowBox) / 2;
    draw_plate(pen, { x: side, y: middle - kHeight / 2, w: width, h: kHeight, round: kHeight / 2 }, state, palette.weather, palette);
    const colour = look.filled ? palette.surface : ring_colour(look, palette.weather, palette);
    const centre = side + width / 2;
    if (text !== "") draw_figure(pen, text, centre + 1.5, middle, 12.5, colour);
    else if (look.mark !== "none") draw_mark(pen, look.mark, centre, middle, 9, colour);
    else draw_figure(pen, "–", centre, middle, 12.5, colour);
    if (wind !== "") {
      const [direction = 0, force = 0] = wind.split(".").map(Number);
      draw_wind(pen, side - kArrowBox / 2 - 1, middle, direction * 22.5, force, palette);
    }
    if (rain) draw_drop(pen, side + width + kDropBox / 2, middle, palette.rain, palette.surface);
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
  layers: () => [pills()],
  clickable: ["weather-pill"],
  image([state, figure, wind, rain], palette) {
    return is_state(state) ? pill(state, figure ?? "", wind ?? "", rain === "rain", palette) : null;
  },
};
