// node count_states.mjs URL STATIONS TIMEOUT_MS
//
// Opens the page in Chromium, waits until its legend counts STATIONS stations in all, and prints
// {"ms":…,"states":{"live":…}}. Exits 1 with {"error":…,"states":…} when the time is over, 2 when called wrongly.
import { launch, watched_page } from "./chromium.mjs";

const [url, stations_text, timeout_text] = process.argv.slice(2);
const stations = Number(stations_text);
const timeout = Number(timeout_text);
if (!url || !(stations > 0) || !(timeout > 0)) {
  console.error("Error: arguments: URL STATIONS TIMEOUT_MS are needed");
  process.exit(2);
}

/** Runs in the page: the legend's counts by state. */
function counts() {
  const states = {};
  for (const element of document.querySelectorAll('[data-testid^="count-"]')) {
    states[element.dataset.testid.slice("count-".length)] = Number(element.textContent.replace(/\D/g, ""));
  }
  return states;
}

const total = (states) => Object.values(states).reduce((sum, count) => sum + count, 0);

let browser;
let states = {};
try {
  browser = await launch();
  const { page } = await watched_page(browser, url);
  const started = Date.now();
  await page.goto(new URL("/", url).href, { timeout });
  while (total((states = await page.evaluate(counts))) !== stations) {
    if (Date.now() - started > timeout) throw new Error(`the legend did not count ${stations} stations in ${timeout} ms`);
    await page.waitForTimeout(50);
  }
  console.log(JSON.stringify({ ms: Date.now() - started, states }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message.split("\n")[0], states }));
  process.exitCode = 1;
} finally {
  await browser?.close();
}
