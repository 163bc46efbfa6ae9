// Compiles test/*.test.ts with esbuild into a temporary folder and runs them with node's own test
// runner. `node scripts/test.mjs [name…]` runs only the files whose name contains one of the words.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const wanted = (name) => words.length === 0 || words.some((word) => name.includes(word));
const sources = readdirSync(join(root, "test")).filter((name) => name.endsWith(".test.ts") && wanted(name));

const out = mkdtempSync(join(tmpdir(), "wayside-web-"));
let code = 1;
try {
  writeFileSync(join(out, "package.json"), '{"type":"module"}');
  await build({
    absWorkingDir: join(root, "test"),
    entryPoints: sources,
    outdir: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const compiled = sources.map((name) => join(out, name.replace(/\.ts$/, ".js")));
  code = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...compiled], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(code);
