import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, systemClock, uuidv7 } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openLake } from "@footfall/lake";
import { createLogger, demoWriteKeys, storageFolders } from "@footfall/runtime";
import { openModelStore } from "@footfall/models";
import { type Standalone, startStandalone } from "@footfall/standalone";
import { catalogue } from "@footfall/storefront";
import { waitFor } from "@footfall/testkit";
import { train } from "@footfall/trainer";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTracker } from "../../packages/tracker/build.mjs";
import { hasChromium, launchChromium } from "./launch-chromium.ts";

const changeWithinMs = 1_000;
const shelfItems = '[data-shelf="home-for-you"] .card';

describe.skipIf(!hasChromium())("the shop in Chromium, on the whole product", () => {
  let folder: string;
  let standalone: Standalone;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "footfall-shelf-"));
    await buildTracker(folder);
    standalone = await startStandalone({
      storageDir: folder,
      host: "127.0.0.1",
      port: 0,
      keys: demoWriteKeys,
      openLog: openEmbeddedLog,
      trackerScript: await readFile(join(folder, "t.js")),
      clock: systemClock,
      random: seededRandom(1),
      logger: createLogger({ name: "standalone", level: "error" }),
      commitIntervalMs: 500,
      deriveIntervalMs: 500,
      idleTimeoutMs: 1_000,
      outOfOrderMs: 1_000,
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await standalone?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** What others did days ago: they looked at a product and at those that belong to it. Gives the number of visits. */
  async function sendHistory(): Promise<number> {
    const random = seededRandom(2);
    const nowMs = Date.now();
    const visits = catalogue.slice(0, 100).flatMap((product) => Array.from({ length: 6 }, () => product));
    const events = visits.flatMap((product, visit) =>
      [product.itemId, ...product.related.slice(0, 4)].map((itemId, index) => ({
        eventId: uuidv7(nowMs, random),
        name: "view_item",
        visitorId: `other-${visit}`,
        sessionId: `visit-${visit}`,
        seq: index + 1,
        occurredAtMs: nowMs - 2 * 86_400_000 + visit * 1_000 + index,
        items: [{ item_id: itemId }],
      })),
    );
    for (let from = 0; from < events.length; from += 1_000) {
      const batch = events.slice(from, from + 1_000);
      const body = JSON.stringify({ key: "demo-historic", sentAtMs: nowMs, events: batch });
      const response = await fetch(`${standalone.url}/v1/events`, { method: "POST", body });
      const { receipts } = (await response.json()) as { receipts: { status: string }[] };
      expect(receipts.filter(({ status }) => status === "accepted")).toHaveLength(batch.length);
    }
    return visits.length;
  }

  /** Trains as soon as the lake holds the sessions, and waits until the recommender serves the model. */
  async function trainOn(sessionsMin: number): Promise<void> {
    const { tables, models } = storageFolders(folder);
    const lake = await openLake({ root: tables, clock: systemClock, random: seededRandom(3), onWarning: () => {} });
    const isTrained = async () => {
      const report = await train({ lake, models, tenant: "demo", clock: systemClock });
      return report.sizes.sessions >= sessionsMin;
    };
    try {
      await waitFor(isTrained, { deadlineMs: 40_000, intervalMs: 500, what: "a model of all sessions" });
    } finally {
      await lake.close();
    }
    const { modelVersion } = (await openModelStore(models, "demo").current())!;
    await waitFor(
      async () => {
        const answer = await fetch(`${standalone.url}/recommendations?key=demo&visitorId=nobody`);
        return ((await answer.json()) as { modelVersion: string | null }).modelVersion === modelVersion;
      },
      { deadlineMs: 20_000, intervalMs: 50, what: "the recommender to serve the model" },
    );
  }

  const shelfOf = (page: Page): Promise<string[]> =>
    page.locator(shelfItems).evaluateAll((cards) => cards.map((card) => card.getAttribute("data-footfall-item") ?? ""));

  test(
    "a click on a product, and within a second the visitor's shelf is another one",
    { timeout: 120_000 },
    async () => {
      await trainOn(await sendHistory());
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(`${standalone.url}/shop`);
      await page.locator(shelfItems).first().waitFor();
      const before = await shelfOf(page);
      expect(before.length).toBeGreaterThan(0);

      // A click that stays on the page, so that the same shelf can be watched.
      const clicked = page.locator(".grid .card").nth(4);
      const clickedItem = await clicked.getAttribute("data-footfall-item");
      await page.evaluate(`void (window.shelfChange = new Promise((resolve) => {
      let clickedAtMs;
      addEventListener("click", () => (clickedAtMs = performance.now()), true);
      const shown = () => Array.from(document.querySelectorAll('${shelfItems}'), (card) => card.dataset.footfallItem).join();
      const before = shown();
      new MutationObserver(() => {
        if (shown() !== before) resolve(performance.now() - clickedAtMs);
      }).observe(document.querySelector('[data-shelf="home-for-you"]'), { childList: true, subtree: true });
    }))`);
      await clicked.locator(".quick-add").click();
      const tookMs = await page.evaluate<number>(`window.shelfChange`);
      const after = await shelfOf(page);

      expect(tookMs).toBeLessThan(changeWithinMs);
      expect(after).not.toEqual(before);
      const related = catalogue.find(({ itemId }) => itemId === clickedItem)?.related ?? [];
      expect(after.filter((itemId) => related.includes(itemId)).length).toBeGreaterThan(0);
      expect(faults).toEqual([]);
      process.stderr.write(`shelf changed ${Math.round(tookMs)} ms after the click\n`);
    },
  );

  test("from a shelf to an order: each step reaches the collector and joins the answer that was shown", async () => {
    const page = await browser.newPage();
    const accepted = new Map<string, ClickEvent>();
    page.on("requestfinished", async (request) => {
      if (!request.url().endsWith("/v1/events")) return;
      const { events } = JSON.parse(request.postData() ?? "") as { events: ClickEvent[] };
      if ((await request.response())?.status() === 200) for (const event of events) accepted.set(event.eventId, event);
    });
    await page.goto(`${standalone.url}/shop`);
    await page.locator(`${shelfItems} .card-link`).first().click();
    await page.waitForURL("**/product/**");
    await page.locator(".buy button").click();
    await page.locator(".basket-count", { hasText: "1" }).waitFor();
    await page.goto(`${standalone.url}/shop/checkout`);
    for (const name of ["name", "street", "town"]) await page.fill(`[name=${name}]`, "x");
    await page.locator(".address button").click();
    await page.getByText("Thank you").first().waitFor();
    const named = (name: string) => [...accepted.values()].find((event) => event.name === name);
    const purchase = await waitFor(() => named("purchase"));
    const click = await waitFor(() => named("select_item"));
    const item = click.items?.[0]?.item_id;
    expect(click.recommendation).toMatchObject({ placement: "home-for-you", position: 0 });
    expect(click.recommendation?.requestId).toBeTruthy();
    expect(named("add_to_cart")?.items?.[0]?.item_id).toBe(item);
    expect(purchase.items).toMatchObject([{ item_id: item, quantity: 1 }]);
    expect(purchase.sessionId).toBe(click.sessionId);
  });
});
