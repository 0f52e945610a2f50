import { createConsole } from "@footfall/console";
import { topics } from "@footfall/events";
import { eventsTable, openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, startServer } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launchChromium } from "./launch-chromium.ts";

describe.skipIf(!hasChromium())("the page of the flow in Chromium", () => {
  let url: string;
  let browser: Browser;
  let append: (name: string) => Promise<unknown>;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const folder = await temporaryFolder();
    const log = await openEmbeddedLog({ folder: `${folder.path}/log`, clock: Date.now });
    const lake = await openLake({ root: `${folder.path}/tables`, clock: Date.now });
    await log.createTopic({ name: topics.clicks, partitions: 1 });
    for (const name of ["events", "sessions", "item_windows", "rejected_events", "ledger"])
      await lake.table({ ...eventsTable, name });
    const registry = new Registry();
    const operate = await createConsole({
      log,
      lake,
      registry,
      clock: Date.now,
      links: () => ["Shop", "API", "Event schema", "Metrics", "Health"].map((label) => ({ label, href: `/${label}` })),
      problems: () => [],
      servedModel: async () => ({ version: "model-1", publishedAtMs: Date.now(), items: 7 }),
    });
    const logger = createLogger({ name: "test", level: "silent" });
    const server = await startServer({ services: [operate], host: "127.0.0.1", port: 0, logger, registry });
    url = server.operatorUrl;
    append = (name) =>
      log.append(topics.clicks, [{ key: "v", value: Buffer.from(JSON.stringify({ name, visitorId: "v-1" })) }]);
    browser = await launchChromium();
    closing.push(
      () => folder.remove(),
      () => lake.close(),
      () => log.close(),
      () => server.close(),
      () => browser.close(),
    );
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const eventNames = (page: Page) => page.locator("#recent .name").allInnerTexts();

  test.each([360, 1280])("figures that arrive move nothing, at %i px", async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 740 } });
    await page.addInitScript(`window.shift = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value; })
        .observe({ type: "layout-shift", buffered: true });`);
    await page.goto(url);
    await page.locator("#tables dt").nth(4).waitFor();
    await append("page_view");
    await waitFor(async () => (await eventNames(page)).length > 0, { deadlineMs: 30_000 });
    await page.locator('[data-state="good"]').waitFor();
    expect(await page.evaluate("window.shift")).toBeLessThanOrEqual(0.05);
    await page.close();
  });

  test("selected text of an event stays, and other rows come when it is let go", async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await append("add_to_cart");
    const cell = page.locator("#recent .name", { hasText: "add_to_cart" });
    await cell.waitFor();
    await cell.selectText();
    const answered = () => page.waitForResponse("**/console/status.json");
    await append("purchase");
    for (let poll = 0; poll < 3; poll += 1) await answered();
    expect(await page.evaluate("String(getSelection())")).toContain("add_to_cart");
    expect(await eventNames(page)).not.toContain("purchase");
    await page.evaluate("getSelection().removeAllRanges()");
    await waitFor(async () => (await eventNames(page))[0] === "purchase", { deadlineMs: 30_000 });
    await page.close();
  });
});
