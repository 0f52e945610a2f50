import { join } from "node:path";
import { createConsole } from "@footfall/console";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type RunningServer, startServer, storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeSides } from "../../bench/reconcile/write-sides.ts";
import { runCommand } from "../run-command.ts";
import { hasChromium, launchChromium } from "./launch-chromium.ts";
import { accessibilityFaults, openWatchedPage, type WatchedPage } from "./watched-page.ts";

const pairs = 2_000;

describe.skipIf(!hasChromium())("the page of comparisons in Chromium", () => {
  let folder: TemporaryFolder;
  let log: EventLog;
  let lake: Lake;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let watched: WatchedPage;
  const runIds = { different: "", equal: "" };

  /** Two runs of the real command, one that differs in all twelve ways and, after it, one of a side with itself. */
  beforeAll(async () => {
    browser = await launchChromium();
    folder = await temporaryFolder();
    const path = (name: string) => join(folder.path, name);
    const [left, right] = [path("left.jsonl"), path("right.jsonl")];
    await writeSides(pairs, { left, right });
    log = await openEmbeddedLog({ folder: storageFolders(folder.path).log, clock: Date.now });
    await log.createTopic({ name: "clicks", partitions: 1 });
    lake = await openLake({ root: path("tables"), clock: Date.now, threads: 1 });
    const run = async (other: string) => {
      const common = ["--storage", folder.path, "--key", "orderId", "--window", "60s", "--mismatches", "mismatches"];
      const parameters = [...common, "--left", left, "--right", other, "--json"];
      const result = await runCommand("scripts/reconcile.ts", parameters);
      return (result.lastJson() as { runId: string }).runId;
    };
    runIds.different = await run(right);
    runIds.equal = await run(left);
    // Records of another writer are passed over; a run that was stopped has no report.
    const others = [
      "{",
      "null",
      '{"orderId":1}',
      '{"runId":"stopped","outcome":"only left","key":"k","differences":[]}',
    ];
    await log.append(
      "mismatches",
      others.map((text) => ({ key: null, value: Buffer.from(text) })),
    );
    const registry = new Registry();
    const service = await createConsole({
      log,
      lake,
      registry,
      clock: Date.now,
      links: () => [],
      problems: () => [],
      servedModel: async () => undefined,
    });
    const logger = createLogger({ name: "test", level: "silent" });
    server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await lake.close();
    await log.close();
    await folder.remove();
  });
  beforeEach(async () => {
    watched = await openWatchedPage(browser, { expectedErrors: /\b40[04] \(/ });
    ({ page } = watched);
  });
  afterEach(() => watched.close());

  async function open(search = ""): Promise<void> {
    await page.goto(`${server.operatorUrl}/comparisons${search}`);
    await page.locator('[data-ready="true"], .problem').first().waitFor();
  }
  const chooseRun = (runId: string) => page.locator(`[data-run="${runId}"]`).click();
  const chooseOutcome = async (outcome: string) => {
    await page.locator(`button[data-outcome="${outcome}"]`).click();
    await page.locator(`.mismatches[data-outcome="${outcome}"]`).waitFor();
  };

  test("lists runs with verdict and counts, the mismatches of an outcome, and both documents side by side", async () => {
    await open();
    expect(await page.locator("nav [aria-current]").innerText()).toBe("Comparisons");
    const verdicts = await page.locator("[data-run] .verdict").allInnerTexts();
    expect(verdicts.sort()).toEqual(["different", "equal", "no verdict"]);
    await chooseRun(runIds.different);
    await page.locator(".card", { hasText: "24 of 2002 keys differ" }).first().waitFor();
    const outcomes = await page.locator("button[data-outcome]").allInnerTexts();
    expect(outcomes.sort()).toEqual(["different 18", "doubled 2", "only left 2", "only right 2"]);
    await chooseOutcome("different");
    const added = page.locator(".mismatch", { hasText: "/coupon added" }).first();
    await added.locator("summary").click();
    expect(await added.locator(".differences").innerText()).toContain('/coupon added: nothing → "x"');
    expect(await added.locator('[data-side="right"] .differs').allInnerTexts()).toEqual([
      expect.stringContaining('"coupon": "x"'),
    ]);
    expect(await added.locator('[data-side="left"] .differs').count()).toBe(0);
    await chooseOutcome("only left");
    const lone = page.locator(".mismatch").first();
    await lone.locator("summary").click();
    expect(await lone.locator('[data-side="right"]').innerText()).toContain("This side has no such record.");
  });

  test("keeps run and outcome in its address, and says of an equal run and a stopped one what they are", async () => {
    await open(`?run=${runIds.different}&outcome=doubled`);
    await page.locator('.mismatches[data-outcome="doubled"]').waitFor();
    await chooseRun(runIds.equal);
    await page.locator("p", { hasText: "No mismatch." }).waitFor();
    expect(new URL(page.url()).searchParams.get("run")).toBe(runIds.equal);
    await page.goBack();
    await page.locator('.mismatches[data-outcome="doubled"]').waitFor();
    await chooseRun("stopped");
    await page.locator("p", { hasText: "has not come to its end" }).waitFor();
  });

  test("says where there is nothing, and what is wrong with a request", async () => {
    await open("?topic=none");
    expect(await page.locator(".nothing").innerText()).toContain("There is no topic none");
    await open("?topic=clicks");
    expect(await page.locator(".nothing").innerText()).toContain("No run is in topic clicks");
    await open("?topic=a%20b");
    expect(await page.locator(".problem").innerText()).toContain("name of a topic");
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "nothing that axe finds, %s at %i px, and nothing is wider than the window",
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await open(`?run=${runIds.different}&outcome=different`);
      const summaries = page.locator(".mismatch summary");
      await summaries.first().waitFor();
      for (const index of [0, 1]) await summaries.nth(index).click();
      await page.locator(".document .differs").first().waitFor();
      const { FOOTFALL_SCREENSHOTS: screenshots } = process.env;
      if (screenshots) await page.screenshot({ path: `${screenshots}/comparisons-${colorScheme}-${width}.png` });
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    },
  );
});
