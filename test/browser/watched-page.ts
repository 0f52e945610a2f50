import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

/** A page of which every fault is kept: errors in its scripts and console, and breaches of its security policy. */
export interface WatchedPage {
  readonly page: Page;
  /** Of scripts and console; a test that provoked one takes it out. */
  readonly faults: string[];
  /** Closes it, and expects that there was none. */
  close(): Promise<void>;
}

export interface WatchedPageOptions extends BrowserContextOptions {
  /** Errors in the console that are no fault: answers that a test provokes. */
  readonly expectedErrors: RegExp;
}

export async function openWatchedPage(
  browser: Browser,
  { expectedErrors, ...options }: WatchedPageOptions,
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !expectedErrors.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  await page.addInitScript(
    `window.violations = []; addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective))`,
  );
  return {
    page,
    faults,
    async close() {
      const violations = await page.evaluate("window.violations");
      await context.close();
      expect(violations).toEqual([]);
      expect(faults).toEqual([]);
    },
  };
}

/** What axe finds wrong with the page as it is: rule and element. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))`,
  );
}
