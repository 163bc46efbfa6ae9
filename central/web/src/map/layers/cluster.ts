// Many bike stations as one: a ring of their states, worst first clockwise from the top, with their count. The whole ring
// has the worst state's outline, so that one silent station among hundreds is still seen.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { kStates, type State } from "../../model/station";
import type { Palette } from "../palette";
import { draw_figure, draw_mark, image_of, type Pen } from "../symbols";
import { kLooks } from "../look";

/** The ring has so many parts; a state that occurs at all gets at least one. */
const kParts = 16;
const kRadius = 20;
const kBox = 52;

/** Counts by state, summed up by the source as it builds its clusters. */
export const kClusterProperties = Object.fromEntries(kStates.map((state) => [`n_${state}`, ["+", ["case", ["==", ["get", "state"], state], 1, 0]]]));

/** Above this zoom every station stands for itself. */
export const kClusterZoomMax = 10;

export function clusters(): LayerSpecification {
  const parts = kStates.flatMap((state) => ["|", ["to-string", ["ceil", ["/", ["*", kParts, ["get", `n_${state}`]], ["get", "point_count"]]]]]);
  return {
    id: "bike-cluster",
    type: "symbol",
    source: "bike",
    filter: ["has", "point_count"],
    layout: {
      "icon-image": ["concat", "bike|cluster|", ["to-string", ["get", "point_count"]], ...parts] as unknown as ExpressionSpecification,
      "icon-size": ["interpolate", ["linear"], ["get", "point_count"], 2, 0.72, 50, 0.9, 500, 1.15],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}

export const not_cluster: ExpressionSpecification = ["!", ["has", "point_count"]];

/** `parts`: the count, then the parts of the ring of each state as in kStates. */
export function cluster_image(parts: string[], palette: Palette): ImageData {
  const [count, ...shares] = parts;
  const present = kStates.map((state, at) => ({ state, share: Number(shares[at] ?? 0) })).filter(({ share }) => share > 0);
  const worst = present[0]?.state ?? "live";
  return image_of(kBox, kBox, (pen) => {
    const middle = kBox / 2;
    pen.beginPath();
    pen.arc(middle, middle, kRadius + 2.5, 0, 2 * Math.PI);
    pen.fillStyle = palette.surface;
    pen.fill();
    draw_ring(pen, middle, present, palette);
    draw_figure(pen, short_count(Number(count)), middle, middle, 14, palette.ink);
    if (worst !== "live") draw_badge(pen, worst, palette);
  });
}

function draw_ring(pen: Pen, middle: number, present: { state: State; share: number }[], palette: Palette): void {
  const total = present.reduce((sum, { share }) => sum + share, 0);
  let from = -Math.PI / 2;
  for (const { state, share } of present) {
    const to = from + (2 * Math.PI * share) / total;
    const live = state === "live";
    pen.beginPath();
    pen.arc(middle, middle, kRadius - (live ? 2 : 1), from, to);
    pen.lineWidth = live ? 5 : 3;
    pen.strokeStyle = state_colour(state, palette);
    pen.setLineDash(live ? [] : [3.5, 2]); // not live is told by shape too
    pen.stroke();
    from = to;
  }
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

function short_count(count: number): string {
  if (count < 1000) return String(count);
  return count < 10_000 ? `${(count / 1000).toFixed(1)}k` : `${Math.round(count / 1000)}k`;
}
