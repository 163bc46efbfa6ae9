// node probe.mjs URL STATION_ID FIELD VALUE TIMEOUT_MS
//
// Opens the page in Chromium with the station selected and waits until its popup shows VALUE for
// FIELD (as in the contract, e.g. num_bikes_available; numbers are compared as numbers). FIELD may
// also be observed_at. Prints {"ms":…}, counted from when the page was asked for, and exits 0; exits 1 with
// {"error":…,"seen":…} when the time is over, 2 when called wrongly.
import { launch, watched_page } from "./chromium.mjs";

const [url, station_id, field, value, timeout_text] = process.argv.slice(2);
const timeout = Number(timeout_text);
if (!url || !station_id || !field || value === undefined || !(timeout > 0)) {
  console.error("Error: arguments: URL STATION_ID FIELD VALUE TIMEOUT_MS are needed");
  process.exit(2);
}

/** Runs in the page. */
function shown(field) {
  if (field === "observed_at") return document.querySelector('[data-testid="popup-age"]')?.getAttribute("datetime") ?? null;
  return document.querySelector(`[data-testid="value-${CSS.escape(field)}"]`)?.getAttribute("data-value") ?? null;
}

function same(seen, wanted) {
  if (seen === null) return false;
  if (seen === wanted) return true;
  return seen.trim() !== "" && wanted.trim() !== "" && Number(seen) === Number(wanted);
}

let browser;
let seen = null;
try {
  browser = await launch();
  const { page } = await watched_page(browser, url);
  const started = Date.now();
  const address = new URL("/", url);
  address.hash = `station=${encodeURIComponent(station_id)}`;
  await page.goto(address.href, { timeout });
  while (!same((seen = await page.evaluate(shown, field)), value)) {
    if (Date.now() - started > timeout) throw new Error(`the page did not show ${field}=${value} of ${station_id} in ${timeout} ms`);
    await page.waitForTimeout(20);
  }
  console.log(JSON.stringify({ ms: Date.now() - started }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message.split("\n")[0], seen }));
  process.exitCode = 1;
} finally {
  await browser?.close();
}
