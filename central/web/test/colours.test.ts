// The three availability colours stay apart for colour-blind eyes and stand out from the ground, in
// light and dark. Colours are read from app.css; colour blindness is simulated with the matrices of
// Machado, Oliveira and Fernandes (2009) at full severity, differences are CIE76 in Lab.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

type Rgb = [number, number, number];

const kEyes: Record<string, number[]> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const css = readFileSync(join(process.cwd(), "src/app.css"), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");

function colour(theme: string, name: string): Rgb {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6})`).exec(theme)?.[1] ?? assert.fail(`no --${name}`);
  const linear = [0, 2, 4].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return linear as Rgb;
}

function seen_by(eye: string, [r, g, b]: Rgb): Rgb {
  const m = kEyes[eye] ?? [];
  const row = (at: number) => Math.min(1, Math.max(0, (m[at] ?? 0) * r + (m[at + 1] ?? 0) * g + (m[at + 2] ?? 0) * b));
  return [row(0), row(3), row(6)];
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function lab([r, g, b]: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function difference(a: Rgb, b: Rgb): number {
  const [la, lb] = [lab(a), lab(b)];
  return Math.hypot(la[0] - lb[0], la[1] - lb[1], la[2] - lb[2]);
}

for (const [theme_name, theme] of [["light", light], ["dark", dark]] as const) {
  for (const eye of Object.keys(kEyes)) {
    test(`availability colours differ to ${eye} in ${theme_name}`, () => {
      for (const [a, b] of [["few", "even"], ["even", "full"], ["few", "full"]] as const) {
        const apart = difference(seen_by(eye, colour(theme, a)), seen_by(eye, colour(theme, b)));
        assert.ok(apart > 20, `${a} and ${b} are only ${apart.toFixed(1)} apart`);
      }
    });
  }

  test(`symbols and words stand out in ${theme_name}`, () => {
    const ground = colour(theme, "ground");
    const surface = colour(theme, "surface");
    for (const name of ["few", "even", "full", "clock", "rail", "weather", "unknown", "stale"]) {
      const ratio = contrast(colour(theme, name), ground);
      assert.ok(ratio >= (name === "stale" ? 2.5 : 3), `--${name} on the ground: ${ratio.toFixed(2)}`);
    }
    for (const name of ["ink", "muted", "good", "warn"]) {
      const ratio = contrast(colour(theme, name), surface);
      assert.ok(ratio >= 4.5, `--${name} on a surface: ${ratio.toFixed(2)}`);
    }
  });
}
