// The colours, read from app.css, which is the one place that names them (light and dark).
import { kLineColours, type LineColour } from "../model/line_colour";

export interface Palette {
  ground: string;
  surface: string;
  ink: string;
  few: string;
  even: string;
  full: string;
  unknown: string;
  stale: string;
  clock: string;
  rail: string;
  weather: string;
  accent: string;
  good: string;
  warn: string;
  muted: string;
  line: string;
  focus: string;
  rain: string;
  lines: Record<LineColour, string>;
  /** Of a base map. */
  water: string;
  park: string;
  road: string;
  building: string;
}

export function read_palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#808080";
  return {
    ground: colour("ground"),
    surface: colour("surface"),
    ink: colour("ink"),
    few: colour("few"),
    even: colour("even"),
    full: colour("full"),
    unknown: colour("unknown"),
    stale: colour("stale"),
    clock: colour("clock"),
    rail: colour("rail"),
    weather: colour("weather"),
    accent: colour("accent"),
    good: colour("good"),
    warn: colour("warn"),
    muted: colour("muted"),
    line: colour("line"),
    focus: colour("focus"),
    rain: colour("rain"),
    lines: Object.fromEntries(kLineColours.map((name) => [name, colour(`line-${name}`)])) as Record<LineColour, string>,
    water: colour("water"),
    park: colour("park"),
    road: colour("road"),
    building: colour("building"),
  };
}

const kDark = "(prefers-color-scheme: dark)";

export function on_palette_change(handle: (palette: Palette) => void): void {
  window.matchMedia(kDark).addEventListener("change", () => handle(read_palette()));
}
