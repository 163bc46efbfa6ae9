// Many bike stations as one: their count in a ring. The ring shows how many of them are live; the rest of it, and the mark
// beside it, are those of their worst state, so that one silent station among hundreds is still seen.
//
// Few different images, and the count as text: every picture that differs costs the map's upload at each update.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { is_state, kStates, type State } from "../../model/station";
import { kLooks } from "../look";
import type { Palette } from "../palette";
import { draw_mark, image_of, kTextFont, type Pen } from "../symbols";

/** The ring's parts. One at least is live where any station is, and one is not where any is not. */
const kParts = 8;
const kRadius = 20;
const kBox = 52;

/** Counts by state, summed up by the source as it builds its clusters. */
export const kClusterProperties = Object.fromEntries(kStates.map((state) => [`n_${state}`, ["+", ["case", ["==", ["get", "state"], state], 1, 0]]]));

/** Above this zoom every station stands for itself. */
export const kClusterZoomMax = 10;

const kSize: ExpressionSpecification = ["interpolate", ["linear"], ["get", "point_count"], 2, 0.72, 50, 0.9, 500, 1.15];

export function clusters(palette: Palette): LayerSpecification {
  const not_live = kStates.filter((state) => state !== "live");
  const worst = ["case", ...not_live.flatMap((state) => [[">", ["get", `n_${state}`], 0], state]), "live"];
  const live_parts = ["floor", ["/", ["*", kParts, ["get", "n_live"]], ["get", "point_count"]]];
  const least_one = ["case", [">", ["get", "n_live"], 0], ["max", 1, live_parts], 0];
  return {
    id: "bike-cluster",
    type: "symbol",
    source: "bike",
    filter: ["has", "point_count"],
    layout: {
      "icon-image": ["concat", "bike|cluster|", worst, "|", ["to-string", least_one]] as unknown as ExpressionSpecification,
      "icon-size": kSize,
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": ["to-string", ["get", "point_count_abbreviated"]],
      "text-font": kTextFont,
      "text-size": ["interpolate", ["linear"], ["get", "point_count"], 2, 11, 50, 13, 500, 15],
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": palette.ink },
  };
}

export const not_cluster: ExpressionSpecification = ["!", ["has", "point_count"]];

/** `parts`: the worst state, and how many of the ring's eight parts are live. */
export function cluster_image(parts: string[], palette: Palette): ImageData {
  const worst: State = is_state(parts[0]) ? parts[0] : "silent";
  const live = worst === "live" ? kParts : Math.min(kParts - 1, Number(parts[1] ?? 0));
  return image_of(kBox, kBox, (pen) => {
    const middle = kBox / 2;
    pen.beginPath();
    pen.arc(middle, middle, kRadius + 2.5, 0, 2 * Math.PI);
    pen.fillStyle = palette.surface;
    pen.fill();
    const turn = -Math.PI / 2 + (2 * Math.PI * (kParts - live)) / kParts;
    draw_arc(pen, middle, -Math.PI / 2, turn, worst, palette);
    draw_arc(pen, middle, turn, 1.5 * Math.PI, "live", palette);
    if (worst !== "live") draw_badge(pen, worst, palette);
  });
}

function draw_arc(pen: Pen, middle: number, from: number, to: number, state: State, palette: Palette): void {
  if (to - from < 0.01) return;
  const live = state === "live";
  pen.beginPath();
  pen.arc(middle, middle, kRadius - (live ? 2 : 1), from, to);
  pen.lineWidth = live ? 5 : 3;
  pen.strokeStyle = state_colour(state, palette);
  pen.setLineDash(live ? [] : [3.5, 2]); // not live is told by shape too
  pen.stroke();
  pen.setLineDash([]);
}

/** The worst state once more, with its mark, at the upper right. */
function draw_badge(pen: Pen, state: State, palette: Palette): void {
  const [x, y, radius] = [kBox - 11, 11, 7];
  const colour = state_colour(state, palette);
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = palette.surface;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = colour;
  pen.stroke();
  draw_mark(pen, kLooks[state].mark, x, y, radius, colour);
}

export function state_colour(state: State, palette: Palette): string {
  if (state === "live") return palette.good;
  if (state === "late") return palette.warn;
  return kLooks[state].ring === "clock" ? palette.clock : palette.stale;
}
