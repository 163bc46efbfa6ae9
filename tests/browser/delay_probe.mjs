// node delay_probe.mjs URL SECONDS
//
// Opens the page in Chromium and notes, for every weather value that its event stream brings, the wall time of the first frame that
// was drawn after the page had handled it. Prints "ready" when the page is live, then after SECONDS one JSON line:
// [[temperature in °C, ms since 1970], …]. Exit 1 with a message when the page does not come up.
import { launch, watched_page } from "./chromium.mjs";

const [url, seconds_text] = process.argv.slice(2);

/** Runs in the page before its own scripts: the page's handlers run first, being added before the frame is asked for. */
function note_frames() {
  const seen = (window.__seen = []);
  const Native = window.EventSource;
  window.EventSource = class extends Native {
    addEventListener(kind, handler, ...rest) {
      super.addEventListener(kind, handler, ...rest);
      if (kind !== "delta") return;
      super.addEventListener("delta", (event) => {
        const values = JSON.parse(event.data).stations.map((row) => row.streams.weather?.values.air_temperature_C);
        requestAnimationFrame(() => setTimeout(() => {
          const now = Date.now();
          for (const value of values) if (value !== undefined) seen.push([value, now]);
        }));
      });
    }
  };
}

const browser = await launch();
try {
  const { page } = await watched_page(browser, url);
  await page.addInitScript(note_frames);
  await page.goto(url);
  await page.waitForFunction(() => window.__seen.length > 0, null, { timeout: 60_000 });
  console.log("ready");
  await page.waitForTimeout(Number(seconds_text) * 1000);
  console.log(JSON.stringify(await page.evaluate(() => window.__seen)));
} catch (error) {
  console.error(`Error: ${error.message.split("\n")[0]}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
