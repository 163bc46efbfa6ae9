// Symbols drawn on canvas: no font files, no sprite sheet, no network. The map takes them as images,
// the legend and the list show the same drawings.
import type { Level } from "../model/availability";
import type { Kind, State } from "../model/station";
import { kLooks, type Look } from "./look";
import type { Palette } from "./palette";

const kFont = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
/** Without a server of glyphs the map draws letters itself, with a font of the reader: the first name tells the weight, and must
 * not be a generic one, which the canvas refuses. */
export const kTextFont = ["Noto Sans Bold", "sans-serif"];
/** Images are drawn this much larger than shown, for sharp screens. */
export const kPixelRatio = 2;

export type Pen = CanvasRenderingContext2D;

/** A state's ring: `by_level`, what the availability (or the kind) makes of it, or a fixed colour. */
export function ring_colour<T>(look: Look, by_level: T, palette: Palette): T | string {
  if (look.ring === "level") return by_level;
  return look.ring === "clock" ? palette.clock : palette.stale;
}

/** A drawing of width x height CSS pixels as image data for the map. */
export function image_of(width: number, height: number, draw: (pen: Pen) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * kPixelRatio);
  canvas.height = Math.ceil(height * kPixelRatio);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) return new ImageData(canvas.width, canvas.height);
  pen.scale(kPixelRatio, kPixelRatio);
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

export function draw_mark(pen: Pen, mark: Look["mark"], x: number, y: number, radius: number, colour: string): void {
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  pen.lineWidth = Math.max(1.5, radius * 0.28);
  pen.lineCap = "round";
  const arm = radius * 0.4;
  if (mark === "cross") {
    pen.beginPath();
    pen.moveTo(x - arm, y - arm);
    pen.lineTo(x + arm, y + arm);
    pen.moveTo(x + arm, y - arm);
    pen.lineTo(x - arm, y + arm);
    pen.stroke();
  } else if (mark === "dot") {
    pen.beginPath();
    pen.arc(x, y, radius * 0.3, 0, 2 * Math.PI);
    pen.fill();
  } else if (mark === "question") {
    draw_figure(pen, "?", x, y, radius * 1.35, colour);
  }
}

/** Text centred on (x, y). */
export function draw_figure(pen: Pen, text: string, x: number, y: number, size: number, colour: string): void {
  pen.font = `700 ${size}px ${kFont}`;
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  pen.fillStyle = colour;
  pen.fillText(text, x, y + size * 0.36);
}

function draw_bike(pen: Pen, centre: number, radius: number, state: State, level: Level, palette: Palette): void {
  const look = kLooks[state];
  const r = radius * look.size;
  const ring = ring_colour(look, palette[level], palette);
  pen.beginPath();
  pen.arc(centre, centre, look.filled ? r : r - 1.25, 0, 2 * Math.PI);
  pen.fillStyle = look.filled ? ring : palette.surface;
  pen.fill();
  if (!look.filled) {
    pen.strokeStyle = ring;
    pen.lineWidth = 2.5;
    pen.stroke();
  }
  draw_mark(pen, look.mark, centre, centre, r, ring);
}

/** A rounded square: filled when live, hollow otherwise. Rail and weather stations stand on it. */
export function draw_plate(pen: Pen, box: { x: number; y: number; w: number; h: number; round: number }, state: State, own: string, palette: Palette): void {
  const look = kLooks[state];
  const ring = ring_colour(look, own, palette);
  pen.beginPath();
  rounded_path(pen, box.x + 1.25, box.y + 1.25, box.w - 2.5, box.h - 2.5, box.round);
  pen.fillStyle = look.filled ? ring : palette.surface;
  pen.fill();
  pen.strokeStyle = look.filled ? palette.surface : ring;
  pen.lineWidth = look.filled ? 1.25 : 2.25;
  if (!look.filled && look.mark === "none") pen.setLineDash([3, 2]);
  pen.stroke();
  pen.setLineDash([]);
}

// Not roundRect(): the oldest browsers this page is built for lack it.
function rounded_path(pen: Pen, x: number, y: number, w: number, h: number, round: number): void {
  const r = Math.min(round, w / 2, h / 2);
  pen.moveTo(x + r, y);
  pen.arcTo(x + w, y, x + w, y + h, r);
  pen.arcTo(x + w, y + h, x, y + h, r);
  pen.arcTo(x, y + h, x, y, r);
  pen.arcTo(x, y, x + w, y, r);
  pen.closePath();
}

/** One symbol for legend and list, `size` CSS pixels square. Decoration: words stand beside it. */
export function symbol_canvas(kind: Kind, state: State, level: Level, palette: Palette, size = 18): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.className = "symbol";
  paint_symbol(canvas, kind, state, level, palette, size);
  return canvas;
}

export function paint_symbol(canvas: HTMLCanvasElement, kind: Kind, state: State, level: Level, palette: Palette, size = 18): void {
  canvas.width = canvas.height = size * kPixelRatio; // also clears it
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.scale(kPixelRatio, kPixelRatio);
  const middle = size / 2;
  if (kind === "bike") {
    draw_bike(pen, middle, middle - 1, state, level, palette);
    return;
  }
  const own = kind === "rail" ? palette.rail : palette.weather;
  const inset = kind === "rail" ? 2 : 1;
  draw_plate(pen, { x: inset, y: inset, w: size - 2 * inset, h: size - 2 * inset, round: kind === "rail" ? 2 : middle }, state, own, palette);
  const look = kLooks[state];
  draw_mark(pen, look.mark, middle, middle, middle - 1, ring_colour(look, own, palette));
  if (kind === "weather" && look.filled) draw_figure(pen, "°C", middle, middle, 7.5, palette.surface);
}
