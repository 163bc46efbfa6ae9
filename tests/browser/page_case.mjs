// What the tests of the page share: a browser, a stub city per test, a page that is loaded and watched.
import assert from "node:assert/strict";
import { launch, watched_page } from "./chromium.mjs";
import { start_stub } from "./stub_server.mjs";

/** A limit, not an aim: software WebGL on a shared machine is slow. */
export const kSlowMs = 20_000;

/** For `before`/`after` of a test file: one browser. */
export function shared_browser() {
  const shared = {};
  return {
    browser: () => shared.browser,
    start: async () => void (shared.browser = await launch()),
    stop: async () => shared.browser?.close(),
    /** Opens the page on its own stub city; both go when the test ends, and the page must have given no cause for complaint. */
    async open(t, { hash = "", city = {}, expected = [], host, before_goto, ...options } = {}) {
      const stub = await start_stub({ stations: 60, changes: 0, ...city });
      const url = host === undefined ? stub.url : stub.url.replace("127.0.0.1", host);
      const { page, complaints } = await watched_page(shared.browser, url, options);
      t.after(async () => {
        await page.close();
        await stub.close();
        assert.deepEqual(complaints.filter((text) => !expected.some((pattern) => pattern.test(text))), []);
      });
      await before_goto?.(page, stub);
      await page.goto(url + hash);
      await settled(page);
      return { page, stub, url, find: (id) => page.locator(`[data-testid="${id}"]`) };
    },
  };
}

export const settled = (page) => page.waitForFunction(() => window.wayside?.stations > 0 && window.wayside.settled, null, { timeout: 60_000 });
export const hash_has = (page, part) => page.waitForFunction((part) => location.hash.includes(part), part, { timeout: kSlowMs });
