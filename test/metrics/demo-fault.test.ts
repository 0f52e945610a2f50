import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../browser/launch-chromium.ts";
import { accessibilityFaults } from "../browser/watched-page.ts";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";

const patient = { deadlineMs: 240_000, intervalMs: 200 };

describe.runIf(canRunKafka() && hasChromium())("a collector that is slowed, then stopped, in the demo", () => {
  let folder: TemporaryFolder;
  let demo: ChildProcess;
  let browser: Browser;
  let page: Page;
  let operatorUrl: string;
  const output: string[] = [];
  const said = (pattern: RegExp): Promise<string> =>
    waitFor(() => pattern.exec(output.join("\n"))?.[0], { ...patient, what: String(pattern) }).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${output.slice(-20).join("\n")}`, { cause: error });
      },
    );

  beforeAll(async () => {
    folder = await temporaryFolder();
    const options = ["--fault", "--port", "0", "--shoppers", "5", "--data", folder.path];
    demo = spawn("npm", ["run", "--silent", "demo", "--", ...options], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const input of [demo.stdout!, demo.stderr!])
      createInterface({ input }).on("line", (line) => output.push(line));
    browser = await launchChromium();
    page = await browser.newPage();
    operatorUrl = (await said(/http:\S+(?=\/ +for operators)/)).trim();
  });

  afterAll(async () => {
    await browser?.close();
    if (demo && demo.exitCode === null) {
      const gone = once(demo, "exit");
      process.kill(-demo.pid!, "SIGTERM");
      await gone;
    }
    await folder?.remove();
  });

  it("shows on the page as pending, firing and over; is told by webhook; leads to the collector's log lines", async () => {
    await page.goto(`${operatorUrl}/alerts`);
    await page.locator('[data-alert="CollectorSlow"][data-state="pending"]').waitFor({ timeout: patient.deadlineMs });
    await page.locator('[data-alert="CollectorSlow"][data-state="firing"]').waitFor({ timeout: patient.deadlineMs });
    await said(/webhook: CollectorSlow firing/);
    await page.locator('[data-alert="CollectorDown"][data-state="firing"]').waitFor({ timeout: patient.deadlineMs });
    expect(await accessibilityFaults(page)).toEqual([]);
    await said(/webhook: CollectorDown firing/);
    await said(/fault: the collector is started again/);
    await said(/webhook: CollectorSlow resolved/);
    await said(/webhook: CollectorDown resolved/);

    const incident = page.locator('[data-incident="CollectorDown"]').first();
    await incident.waitFor({ timeout: patient.deadlineMs });
    await incident.locator(".to-logs").click();
    const lines = page.locator(".results > .lines > li");
    await lines.filter({ hasText: "listening" }).first().waitFor({ timeout: patient.deadlineMs });
    expect(await lines.count()).toBeGreaterThan(1);
    for (const line of await lines.allInnerTexts()) expect(line).toContain("collector");

    await page.goto(`${operatorUrl}/alerts`);
    await page.locator('[data-incident="CollectorDown"] .to-chart').first().click();
    await page.getByRole("table").getByText("collector").first().waitFor({ timeout: patient.deadlineMs });
  });
});
