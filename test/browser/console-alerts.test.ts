import { createConsole } from "@footfall/console";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { metricsTopic } from "@footfall/metrics";
import { parseRules } from "@footfall/metrics/alerts";
import { createLogger, Registry, type RunningServer, type Service, startServer } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemoryLogIndex } from "../../apps/console/test/memory-log-index.ts";
import { createMonitor } from "../../apps/monitor/src/create-monitor.ts";
import { hasChromium, launchChromium } from "./launch-chromium.ts";
import { accessibilityFaults, openWatchedPage, type WatchedPage } from "./watched-page.ts";

const waiting = { deadlineMs: 60_000 };
const windowMs = 10_000;
const load = { metric: { name: "load" }, function: "last", over: "10s", op: ">" };
const alerts = [
  {
    alert: "Load",
    for: "20s",
    condition: { threshold: { ...load, value: 10 } },
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $labels.job }} is busy",
      description: "More visitors than it can take.",
      runbook_url: "docs/runbook/README.md",
      logs: "service:{{ $labels.job }} level:error",
    },
  },
  { alert: "Overload", condition: { threshold: { ...load, value: 90 } }, labels: { severity: "critical" } },
  { alert: "Quiet", condition: { threshold: { ...load, value: 1e6 } }, labels: { severity: "info" } },
];

describe.skipIf(!hasChromium())("the page of alerts in Chromium", () => {
  let folder: TemporaryFolder;
  let log: EventLog;
  let lake: Lake;
  let server: RunningServer;
  let index: MemoryLogIndex;
  let browser: Browser;
  let page: Page;
  let watched: WatchedPage;
  /** End of the last window that was sent. */
  let endMs: number;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    folder = await temporaryFolder();
    log = await openEmbeddedLog({ folder: `${folder.path}/log`, clock: Date.now });
    lake = await openLake({ root: `${folder.path}/tables`, clock: Date.now, threads: 1 });
    await log.createTopic({ name: "clicks", partitions: 1 });
    index = new MemoryLogIndex();
    endMs = Math.floor(Date.now() / windowMs) * windowMs - 600_000;
    watched = await openWatchedPage(browser, { expectedErrors: /\b40[04] \(/ });
    ({ page } = watched);
  });
  afterEach(async () => {
    try {
      await watched.close();
    } finally {
      await server.close();
      await lake.close();
      await log.close();
      await folder.remove();
    }
  });

  async function start({ hasMonitor = true } = {}): Promise<void> {
    const registry = new Registry();
    const logger = createLogger({ name: "test", level: "silent" });
    const shared = { log, lake, registry, clock: Date.now };
    const services: Service[] = [
      await createConsole({
        ...shared,
        logIndex: index,
        links: () => [],
        problems: () => [],
        servedModel: async () => undefined,
      }),
    ];
    if (hasMonitor) services.push(await createMonitor({ ...shared, logger, ...fast, alerting: alerting() }));
    server = await startServer({ services, host: "127.0.0.1", port: 0, logger, registry });
  }
  /** One partition that is never idle: windows close by the samples' times alone. */
  const fast = { partitions: 1, commitIntervalMs: 20, deriveIntervalMs: 20, outOfOrderMs: 0, idleTimeoutMs: 1e9 };
  function alerting() {
    const parsed = parseRules({ groups: [{ name: "shop", interval: "10s", rules: alerts }] });
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    const none = { groupBy: [], groupWaitMs: 0, groupIntervalMs: 0, repeatIntervalMs: 1e12, matchers: [], routes: [] };
    const named = (value: string) => [{ name: "alertname", op: "=" as const, value }];
    const inhibitRules = [{ source: named("Overload"), target: named("Load"), equal: ["job"] }];
    const receivers = new Map([["ops", { webhookUrl: "http://127.0.0.1:1/secret" }]]);
    const route = { ...none, receiver: "ops", groupBy: ["alertname"] };
    const notices = { route, inhibitRules, receivers, alertmanagers: [] };
    const common = { folder: `${folder.path}/monitor`, tenant: "default", externalUrl: () => "http://ops" };
    return { ...common, rules: parsed.rules, notices };
  }
  /** Sends a value of `load` for some windows, each of which is judged before the next. */
  async function observe(value: number, windows = 1): Promise<void> {
    for (let window = 0; window < windows; window += 1) {
      await send(endMs + 1_000, value);
      endMs += windowMs;
      await send(endMs, value);
      await waitFor(async () => (await asked()).windowEndMs === endMs, { ...waiting, what: "the window" });
    }
  }
  async function send(sampledAtMs: number, value: number): Promise<void> {
    const samples = [{ name: "load", kind: "gauge", labels: {}, value }];
    const scrape = { tenant: "default", job: "shop", instance: "a:1", sampledAtMs, isUp: true, samples };
    await log.append(metricsTopic, [{ key: "a:1", value: Buffer.from(JSON.stringify(scrape)) }]);
  }
  const asked = async () =>
    (await (await fetch(`${server.operatorUrl}/alerts-api/alerts`)).json()) as { windowEndMs: number | null };
  function line(body: string, occurredAtMs: number): void {
    const entry = { occurredAtMs, observedAtMs: occurredAtMs, severityNumber: 17, body, service: "shop" };
    index.entries.push({
      partition: 0,
      offset: BigInt(index.entries.length),
      entry: { ...entry, instance: "a", host: "h" },
    });
  }
  async function open(search = ""): Promise<void> {
    await page.goto(`${server.operatorUrl}/alerts${search}`);
    await page.locator('[data-ready="true"]').waitFor();
  }
  const active = (name: string, state: string) => page.locator(`[data-alert="${name}"][data-state="${state}"]`);
  const incident = (name: string, state: string) => page.locator(`[data-incident="${name}"][data-state="${state}"]`);

  test("shows an alert go from pending to firing to resolved, and leads to its lines and its chart", async () => {
    await start();
    await open();
    expect(await page.locator("nav [aria-current]").innerText()).toBe("Alerts");
    expect(await page.locator(".sum").first().innerText()).toContain("Nothing fires.");
    expect(await page.locator('[data-rule="Quiet"]').innerText()).toContain("calm");
    await observe(50);
    const pendingMs = endMs;
    line("just before", pendingMs - 15_000);
    line("long before", pendingMs - 300_000);
    await active("Load", "pending").waitFor();
    await observe(50, 2);
    await active("Load", "firing").waitFor();
    expect(await active("Load", "firing").innerText()).toContain("shop is busy");
    await observe(1);
    await incident("Load", "resolved").waitFor();
    await active("Load", "firing").waitFor({ state: "detached" });
    const steps = await incident("Load", "resolved").locator(".steps").innerText();
    expect(steps).toMatch(/^pending .* for 20 s\nfiring .* for 10 s\nresolved /);

    const chart = new URL(await hrefOf(".to-chart"));
    expect(chart.pathname).toBe("/charts");
    expect(chart.searchParams.get("query")).toBe('last(load{job="shop",instance="a:1"})');
    expect(chart.searchParams.get("to")).toBe(String(endMs + 60_000));
    await incident("Load", "resolved").locator(".to-logs").click();
    await page.locator(".results > .lines > li").waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("service:shop level:error");
    expect(await page.locator(".results .body").allInnerTexts()).toEqual(["just before"]);
  }, 180_000);

  async function hrefOf(link: string): Promise<string> {
    return new URL((await incident("Load", "resolved").locator(link).getAttribute("href"))!, page.url()).href;
  }

  test("tells one that ended while pending, by name and time, in an address that lasts", async () => {
    await start();
    await observe(50);
    await observe(95);
    await observe(1);
    await open();
    await incident("Overload", "resolved").waitFor();
    expect(await incident("Load", "inactive").innerText()).toContain("ended while pending");
    await page.locator(".times summary").click();
    await page.locator(".fixed input").first().fill("2026-01-02T03:04:05");
    for (let answer = 0; answer < 2; answer += 1) await page.waitForResponse(/alerts-api\/history/);
    expect(await page.locator(".fixed input").first().inputValue()).toBe("2026-01-02T03:04:05");
    await page.locator("#alert-name").selectOption("Overload");
    await incident("Load", "inactive").waitFor({ state: "detached" });
    await page.reload();
    await incident("Overload", "resolved").waitFor();
    expect(await page.locator("[data-incident]").count()).toBe(1);
    await page.goBack();
    await incident("Load", "inactive").waitFor();
    await open(`?from=1&to=${endMs - 3_600_000}`);
    await page.locator(".nothing", { hasText: "Every alert was calm" }).waitFor();
  }, 120_000);

  test("silences from an alert, while its form stays open over refreshes, and ends the silence", async () => {
    await start();
    await observe(95, 3);
    await open();
    const alert = active("Load", "firing");
    expect(await alert.innerText()).toContain("inhibited");
    expect(await page.locator("[data-alert]").first().getAttribute("data-alert")).toBe("Overload");
    await alert.getByRole("button", { name: "Silence …" }).click();
    const form = page.getByRole("form", { name: "Silence Load" });
    expect(await form.getByLabel(/Matchers/).inputValue()).toContain('alertname="Load"');
    await form.getByLabel("Who").fill("ann");
    await form.getByLabel(/Matchers/).fill("alertname=~(");
    await form.getByLabel("Why").fill("known");
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-alert] h3'))");
    // Two answers later all of it is still there.
    for (let answer = 0; answer < 2; answer += 1) await page.waitForResponse(/alerts-api\/history/);
    expect(await form.getByLabel("Why").inputValue()).toBe("known");
    expect(await page.evaluate("String(getSelection())")).toBe("Overload");
    await form.getByRole("button", { name: "Silence", exact: true }).click();
    await form.locator(".problem", { hasText: "matcher" }).waitFor();
    await form.getByLabel(/Matchers/).fill("alertname=Load\njob=shop");
    await form.getByRole("button", { name: "Silence", exact: true }).click();
    await alert.locator(".muted", { hasText: "silenced by ann" }).waitFor();
    expect(await form.count()).toBe(0);
    expect(await page.locator("[data-silence]").innerText()).toContain("ann: known");
    await page.getByRole("button", { name: "Expire" }).click();
    await page.locator("[data-silence]").waitFor({ state: "detached" });
    await alert.locator(".muted", { hasText: "silenced" }).waitFor({ state: "detached" });
  }, 120_000);

  test("leads from an alert to its page of the runbook, and on from there", async () => {
    await start();
    await observe(50, 3);
    await open();
    await active("Load", "firing").locator(".to-runbook").click();
    await page.locator(".document h1", { hasText: "Runbook" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.locator('.document a[href="spool.md"]').first().click();
    await page.locator(".document h1", { hasText: /spool/i }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/docs/runbook/spool.md");
  }, 60_000);

  test("says of each receiver what it was told, and why it was not", async () => {
    await start();
    await open();
    const receiver = page.locator('[data-receiver="ops"]');
    expect(await receiver.innerText()).toContain("nothing delivered since the monitor began");
    await observe(95);
    const failing = receiver.locator('[data-state="failing"]', { hasText: "alertname=Overload" });
    await failing
      .locator(".failed", { hasText: /\d+ attempts? failed, the last .* ago: .*did not take a notice/ })
      .waitFor();
    expect(await receiver.innerText()).not.toContain("secret");
  }, 60_000);

  test("says that no monitor runs where none does", async () => {
    await start({ hasMonitor: false });
    await open();
    expect(await page.locator(".nothing").innerText()).toContain("No monitor runs here");
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "nothing that axe finds, %s at %i px, and nothing is wider than the window",
    async (colorScheme, width) => {
      await start();
      await observe(50, 3);
      await observe(1);
      await observe(95, 1);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await open();
      await active("Overload", "firing").waitFor();
      await incident("Load", "resolved").waitFor();
      await fetch(`${server.operatorUrl}/alerts-api/silences`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ matchers: ["job=shop"], durationMs: 3_600_000, createdBy: "ann", comment: "known" }),
      });
      await page.locator("[data-silence]").waitFor();
      await active("Overload", "firing").getByRole("button", { name: "Silence …" }).click();
      const { FOOTFALL_SCREENSHOTS: screenshots } = process.env;
      if (screenshots) await page.screenshot({ path: `${screenshots}/${colorScheme}-${width}.png`, fullPage: true });
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    },
    120_000,
  );
});
