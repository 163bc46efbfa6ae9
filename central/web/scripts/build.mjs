// Builds the page into dist/: index.html, assets/*, and manifest.tsv, which central's build reads
// to embed the files (see README.md for the columns). `node scripts/build.mjs [--dev]`; --dev adds
// source maps and skips minifying.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const maplibre = join(root, "node_modules/maplibre-gl");
const dev = process.argv.includes("--dev");

const kHtml = "text/html; charset=utf-8";
const kScript = "text/javascript; charset=utf-8";

/** What the binary embeds: path asked for by the browser, file below dist/, content type. */
const files = [
  { path: "/", file: "index.html", type: kHtml },
  { path: "/assets/app.js", file: "assets/app.js", type: kScript },
  { path: "/assets/app.css", file: "assets/app.css", type: "text/css; charset=utf-8" },
  { path: "/assets/maplibre-worker.js", file: "assets/maplibre-worker.js", type: kScript },
  { path: "/assets/icon.svg", file: "assets/icon.svg", type: "image/svg+xml" },
  { path: "/sw.js", file: "sw.js", type: kScript },
  { path: "/manifest.webmanifest", file: "manifest.webmanifest", type: "application/manifest+json" },
  { path: "/assets/licences.txt", file: "assets/licences.txt", type: "text/plain; charset=utf-8" },
];

const kBundled = [
  { name: "MapLibre GL JS (https://maplibre.org)", file: "maplibre-gl/dist/LICENSE.txt" },
  { name: "PMTiles (https://github.com/protomaps/PMTiles)", file: "../src/licences/pmtiles.txt" },
  { name: "uPlot (https://github.com/leeoniya/uPlot)", file: "uplot/LICENSE" },
];

/** MapLibre's CSP build: it loads its worker from a file of ours instead of from a blob. */
const csp_build = {
  name: "maplibre-csp-build",
  setup(build) {
    build.onResolve({ filter: /^maplibre-gl$/ }, () => ({ path: join(maplibre, "dist/maplibre-gl-csp.js") }));
  },
};

async function bundle() {
  await build({
    absWorkingDir: root,
    entryPoints: { "assets/app": "src/main.ts", sw: "src/sw.ts" },
    outdir: "dist",
    bundle: true,
    format: "iife",
    target: ["chrome100", "firefox102", "safari15.4"],
    minify: !dev,
    sourcemap: dev ? "inline" : false,
    legalComments: "none", // licences.txt carries them in full
    plugins: [csp_build],
    loader: { ".svg": "dataurl" },
    logLevel: "warning",
  });
}

function copy_static() {
  const without_map = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  const worker = readFileSync(join(maplibre, "dist/maplibre-gl-csp-worker.js"), "utf8");
  writeFileSync(join(dist, "assets/maplibre-worker.js"), without_map(worker));
  cpSync(join(root, "src/index.html"), join(dist, "index.html"));
  cpSync(join(root, "src/manifest.webmanifest"), join(dist, "manifest.webmanifest"));
  cpSync(join(root, "src/icon.svg"), join(dist, "assets/icon.svg"));
  const licences = kBundled.map(({ name, file }) => `This page contains ${name} under this licence:\n\n${readFileSync(join(root, "node_modules", file), "utf8")}`);
  writeFileSync(join(dist, "assets/licences.txt"), licences.join("\n\n----\n\n"));
}

/** Each file is also written as .gz: central sends that one to browsers that accept it. */
function write_manifest() {
  const rows = files.map(({ path, file, type }) => {
    const bytes = readFileSync(join(dist, file));
    writeFileSync(join(dist, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    return [path, file, type, `${file}.gz`, etag].join("\t");
  });
  writeFileSync(join(dist, "manifest.tsv"), rows.join("\n") + "\n");
}

function report() {
  const kb = (name) => (statSync(join(dist, name)).size / 1000).toFixed(0).padStart(6);
  for (const { file } of files) console.log(`${kb(file)} kB ${kb(`${file}.gz`)} kB gzip  ${file}`);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "assets"), { recursive: true });
await bundle();
copy_static();
write_manifest();
report();
