// Starts Chromium for tests: the one of WAYSIDE_CHROMIUM, or `chromium` on PATH.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

/** Headless, drawing WebGL in software, and talking to nobody on its own. */
const kFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP wayside.test 127.0.0.1", // a name that is not localhost: no secure context
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

export function find_chromium() {
  if (process.env.WAYSIDE_CHROMIUM) return process.env.WAYSIDE_CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here
      }
    }
  }
  throw new Error("no Chromium found. Try: apt-get install chromium, or set WAYSIDE_CHROMIUM to its path");
}

export function launch() {
  return chromium.launch({ executablePath: find_chromium(), args: kFlags, headless: true });
}

/**
 * A page that notes what a careful operator would object to: console errors, failed requests that
 * matter, and requests to any other host. `complaints` fills while the page lives.
 */
export async function watched_page(browser, base_url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
  const complaints = [];
  const home = new URL(base_url).host;
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.protocol !== "blob:" && url.host !== home) complaints.push(`other host: ${request.url()}`);
  });
  return { page, complaints };
}
