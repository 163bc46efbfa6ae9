// Proves in a real Chromium, on a running line, what an operator sees there: an item that the bridge has refused, with reason and
// bytes, and a station's ledger in one line. tests/e2e/page_test.py starts the line and says what to look for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, watched_page } from "./chromium.mjs";

const kUrl = process.env.WAYSIDE_CENTRAL_URL;
const kWaitMs = 30_000;

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

async function open(t, hash = "") {
  const { page, complaints } = await watched_page(browser, kUrl);
  t.after(() => page.close());
  await page.goto(new URL(`/${hash}`, kUrl).href);
  await page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: kWaitMs });
  return { page, complaints, find: (id) => page.locator(`[data-testid="${id}"]`) };
}

test("an item that the bridge has refused is in the list with reason and bytes", async (t) => {
  const { page, find, complaints } = await open(t);
  await find("pipeline-button").click();
  const item = page.locator(`[data-reason="${process.env.WAYSIDE_BAD_REASON}"]`);
  await item.waitFor({ timeout: kWaitMs });
  assert.equal(await item.locator("pre").textContent(), process.env.WAYSIDE_BAD_BYTES);
  assert.match(await item.textContent(), /by bridge at/);
  await item.getByRole("button", { name: "Replay" }).click(); // off by default: central's words are shown
  await find("quarantine-message").filter({ hasText: "http.operator_actions" }).waitFor({ timeout: kWaitMs });
  assert.equal(await find("pipeline-error").isVisible(), false);
  assert.deepEqual(complaints.filter((text) => !/403/.test(text)), []);
});

test("a station's ledger is one line", async (t) => {
  const { find, complaints } = await open(t, `#station=${encodeURIComponent(process.env.WAYSIDE_STATION)}`);
  await find("popup-ledger").waitFor({ timeout: kWaitMs });
  assert.equal(await find("popup-ledger").textContent(), process.env.WAYSIDE_LEDGER_LINE);
  assert.deepEqual(complaints, []);
});
