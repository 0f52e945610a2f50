import { createConsole } from "@footfall/console";
import type { MetricSample } from "@footfall/metrics";
import { createLogger, Registry, type RunningServer, type Service, startServer } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MonitorFixture, openMonitorFixture, scrape, startMs } from "../../apps/monitor/test/monitor-fixture.ts";
import { hasChromium, launchChromium } from "./launch-chromium.ts";
import { accessibilityFaults, openWatchedPage, type WatchedPage } from "./watched-page.ts";

const waiting = { deadlineMs: 30_000 };
const stepMs = 10_000;
const minutes = 12;

describe.skipIf(!hasChromium())("the page of metrics in Chromium", () => {
  let monitor: MonitorFixture;
  let server: RunningServer;
  let consoleOnly: RunningServer;
  let browser: Browser;
  let page: Page;
  let watched: WatchedPage;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    monitor = await openMonitorFixture({ partitions: 1 });
    closing.push(() => monitor.close());
    await monitor.log.createTopic({ name: "clicks", partitions: 1 });
    const alerting = {
      folder: `${monitor.folder}/monitor`,
      tenant: "default",
      rules: [],
      externalUrl: () => "http://x",
    };
    server = await serve(await openConsole(), await monitor.start({ alerting }));
    consoleOnly = await serve(await openConsole());
    await sendUntil(0, minutes * 60_000);
    await monitor.closedUntil(startMs + minutes * 60_000);
    browser = await launchChromium();
    closing.push(() => browser.close());
  }, 120_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const openConsole = () =>
    createConsole({
      log: monitor.log,
      lake: monitor.lake,
      registry: new Registry(),
      clock: monitor.clock.now,
      links: () => [{ label: "Health", href: "/health" }],
      problems: () => [],
      servedModel: async () => undefined,
    });
  async function serve(...services: Service[]): Promise<RunningServer> {
    const logger = createLogger({ name: "test", level: "silent" });
    const running = await startServer({ services, host: "127.0.0.1", port: 0, logger, registry: new Registry() });
    closing.push(() => running.close());
    return running;
  }

  beforeEach(async () => {
    watched = await openWatchedPage(browser, {
      expectedErrors: /40[04] \((Bad Request|Not Found)\)/,
      timezoneId: "UTC",
    });
    ({ page } = watched);
    await page.clock.install({ time: startMs + minutes * 60_000 + 5_000 });
  });
  afterEach(async () => {
    await watched.close();
  });

  /** Scrapes each 10 s: counters grow by `perStep`, so that rates are a tenth of it. */
  async function sendUntil(fromMs: number, toMs: number): Promise<void> {
    const sample = (name: string, value: number, labels: Record<string, string> = {}): MetricSample => {
      return { name, kind: /_(total|bucket)$/.test(name) ? "counter" : "gauge", labels, value };
    };
    for (let afterMs = fromMs; afterMs <= toMs; afterMs += stepMs) {
      const step = afterMs / stepMs;
      const wave = Math.round(100 * Math.sin(step / 9));
      const collector = [
        sample("footfall_collector_requests_total", 200 * step, { status: "202" }),
        sample("footfall_collector_requests_total", 10 * step, { status: "400" }),
        sample("footfall_collector_events_total", 30 * step, { status: "rejected", code: "EVENT_NAME_UNKNOWN" }),
        sample("footfall_errors_total", 3 * step, { app: "collector", code: "EVENT_NAME_UNKNOWN" }),
        sample("footfall_collector_request_seconds_bucket", 90 * step, { le: "0.005" }),
        sample("footfall_collector_request_seconds_bucket", 100 * step, { le: "0.01" }),
        sample("footfall_collector_request_seconds_bucket", 100 * step, { le: "+Inf" }),
        sample("footfall_collector_spool_bytes", 3 * 2 ** 20),
        sample("footfall_collector_spooled_records_total", 40 * step),
        sample("footfall_collector_oldest_unforwarded_seconds", 90),
        ...Array.from({ length: 20 }, (_, queue) => sample("queue_records", queue, { queue: `q${queue}` })),
      ];
      const host = [
        sample("node_cpu_seconds_total", 8 * step, { cpu: "0", mode: "user" }),
        sample("node_cpu_seconds_total", 5 * step, { cpu: "1", mode: "user" }),
        sample("node_memory_MemAvailable_bytes", 3 * 2 ** 30 + wave * 2 ** 21),
        sample("node_filesystem_avail_bytes", 40 * 2 ** 30, { mountpoint: "/" }),
      ];
      const aggregator = [
        sample("footfall_aggregator_lag_records", 150 + wave),
        sample("footfall_aggregator_watermark_lag_seconds", 75 + wave / 4),
        sample("footfall_aggregator_events_total", 50 * step, { result: "committed" }),
        sample("footfall_aggregator_rows_total", 20 * step, { table: "sessions" }),
        sample("footfall_aggregator_commit_seconds_bucket", 0, { table: "events", le: "0.02" }),
        sample("footfall_aggregator_commit_seconds_bucket", 10 * step, { table: "events", le: "0.04" }),
        sample("footfall_aggregator_commit_seconds_bucket", 10 * step, { table: "events", le: "+Inf" }),
      ];
      const targets = [
        { job: "collector", instance: "a:8091", samples: collector },
        { job: "host", instance: "a", samples: host },
        { job: "aggregator", instance: "a:8093", samples: aggregator },
      ];
      await monitor.send(...targets.map((target) => scrape(afterMs, target)));
    }
  }

  async function open(search = "", at = server): Promise<void> {
    await page.goto(`${at.operatorUrl}/charts${search}`);
    await isReady();
  }
  const isReady = () => page.locator('[data-ready="true"]').waitFor();
  const address = () => new URL(page.url()).searchParams;
  async function ask(query: string): Promise<void> {
    await page.fill("#query", query);
    await page.press("#query", "Enter");
    await isAsked(query);
  }
  async function isAsked(query: string): Promise<void> {
    await page.waitForURL((url) => (url.searchParams.get("query") ?? "") === query);
    await isReady();
  }
  /** Rows of the table of a chart: series, last, min, max. */
  const table = async (chart = ".chart") => {
    const rows = await page.locator(`${chart} tbody tr`).all();
    return Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
  };

  test("shows fixed charts with units first, each with its query to edit", async () => {
    await open("?range=15m");
    expect(await page.locator(".overview .chart").count()).toBe(18);
    const chart = (title: string) => page.locator(".chart", { has: page.getByRole("heading", { name: title }) });
    expect(await chart("Requests of shops").locator("tbody tr").allInnerTexts()).toEqual([
      expect.stringMatching(/^202\s+20 \/s\s+20 \/s\s+20 \/s$/),
      expect.stringMatching(/^400\s+1 \/s\s+1 \/s\s+1 \/s$/),
    ]);
    expect(await chart("Busy processors").locator("tbody").innerText()).toMatch(/1\.3 s\/s/);
    expect(await chart("Time of the collector").locator("tbody").innerText()).toMatch(/7\.5 ms/);
    expect(await chart("Free disk").locator("tbody").innerText()).toMatch(/40 GiB/);
    expect(await chart("Events into the lake").locator("tbody").innerText()).toMatch(/^committed\s+5 \/s/);
    expect(await chart("Time of lake commits").locator("tbody").innerText()).toMatch(/^events\s+39 ms/);
    expect(await chart("Rows of lake commits").locator("tbody").innerText()).toMatch(/^sessions\s+2 \/s/);
    expect(await chart("Spool of the collector").locator("tbody").innerText()).toMatch(/^a:8091\s+3 MiB/);
    expect(await chart("Records spooled").locator("tbody").innerText()).toMatch(/^a:8091\s+4 \/s/);
    expect(await chart("Age of the spool").locator("tbody").innerText()).toMatch(/^a:8091\s+90 s/);
    expect(await chart("Logs indexed").innerText()).toContain("No data in this time.");
    await chart("Errors").getByRole("link").click();
    await isAsked("rate(footfall_errors_total) by (app, code)");
    expect(address().get("range")).toBe("15m");
    expect(await table()).toEqual([["app=collector code=EVENT_NAME_UNKNOWN", "0.3 /s", "0.3 /s", "0.3 /s"]]);
    expect(await page.locator(".freshness").innerText()).toContain("As of 2026-11-23 09:1");
  });

  // tchiotludo/akhq#563: the picker searches only the loaded page.
  test("finds a metric by a part of its name on the server, and narrows it by its controls", async () => {
    await open("?range=15m");
    await page.getByLabel("Find a metric").fill("REQUESTS");
    await waitFor(async () => (await page.locator(".names li").count()) === 1, waiting);
    expect(await page.locator(".names li").innerText()).toMatch(
      /footfall_collector_requests_total\s+counter, requests/,
    );
    await page.locator(".names button").click();
    await isAsked("rate(footfall_collector_requests_total) by (job)");
    expect(await table()).toEqual([["collector", "21 /s", "21 /s", "21 /s"]]);
    await page.getByRole("button", { name: "status", exact: true }).click();
    await isAsked("rate(footfall_collector_requests_total) by (job, status)");
    expect(await table()).toHaveLength(2);
    await page.getByLabel("status", { exact: true }).selectOption("400");
    await isAsked('rate(footfall_collector_requests_total{status="400"}) by (job, status)');
    await page.getByRole("button", { name: "all as one" }).click();
    await page.getByLabel("Function").selectOption("increase");
    await isAsked('increase(footfall_collector_requests_total{status="400"}) by ()');
    expect(await table()).toEqual([["all", "10", "10", "10"]]);
    await page.getByLabel("status", { exact: true }).selectOption("any");
    await page.getByRole("button", { name: "each series" }).click();
    await isAsked("increase(footfall_collector_requests_total)");
    expect(await page.inputValue("#query")).toBe("increase(footfall_collector_requests_total)");
  });

  test("asks a histogram for percentiles, and leaves other matchers as they are written", async () => {
    await open("?range=15m");
    await page.getByLabel("Find a metric").fill("request_sec");
    await page.getByRole("button", { name: "footfall_collector_request_seconds", exact: true }).click();
    await isAsked("p95(footfall_collector_request_seconds) by (job)");
    await ask('p50(footfall_collector_request_seconds{job=~"coll.*",instance!="a\\"b"})');
    await page.getByLabel("Function").selectOption("p99");
    await isAsked('p99(footfall_collector_request_seconds{job=~"coll.*",instance!="a\\"b"})');
    expect((await table())[0]!.slice(1)).toEqual(["9.5 ms", "9.5 ms", "9.5 ms"]);
  });

  test("a wrong query says where and what is wanted", async () => {
    await open();
    await ask("rate(queue_records by (job)");
    const problem = page.locator("#query-problem .problem");
    expect(await problem.innerText()).toContain("a closing parenthesis is wanted at character 20");
    expect(await problem.locator("mark").innerText()).toBe("b");
    expect(await page.getAttribute("#query", "aria-invalid")).toBe("true");
    await ask("rate(queue_records)");
    expect(await problem.innerText()).toContain("queue_records is a gauge, which has no rate");
    await ask("queue_records");
    expect(await problem.count()).toBe(0);
  });

  // grafana/mcp-grafana#557: results that were cut look complete.
  test("says how many series there are where it shows the greatest only", async () => {
    await open("?query=queue_records&range=15m");
    expect(await page.locator(".chart .sum").innerText()).toBe(
      "the 12 greatest of 20 series, a value each 10 s, in records",
    );
    const names = (await table()).map(([name]) => name);
    expect(names).toHaveLength(12);
    expect(names.every((name) => Number(/queue=q(\d+)/.exec(name!)![1]) >= 8)).toBe(true);
  });

  // grafana/grafana#59370: shared links moved on.
  test("a link with a fixed range shows the same chart later, and asks only once", async () => {
    const search = `?query=footfall_aggregator_lag_records&from=${startMs}&to=${startMs + 300_000}`;
    await open(search);
    const before = await table();
    expect(before).toHaveLength(1);
    expect(await page.locator(".freshness").innerText()).toContain("Paused");
    let asked = 0;
    page.on("request", (request) => (asked += Number(request.url().includes("/metrics-api/query"))));
    await page.clock.fastForward(86_400_000);
    await page.reload();
    await isReady();
    expect(await table()).toEqual(before);
    await page.clock.fastForward(60_000);
    expect(asked).toBe(1);
  });

  test("goes on by itself while live, and stands still when paused; the keys do both", async () => {
    await open("?query=up&range=15m");
    let asked = 0;
    page.on("request", (request) => (asked += Number(request.url().includes("/metrics-api/query"))));
    await page.clock.fastForward(10_000);
    await waitFor(() => asked >= 1, waiting);
    await isReady();
    await page.clock.fastForward(10_000);
    await waitFor(() => asked >= 2, waiting);
    await isReady();
    await page.keyboard.press("p");
    await page.waitForURL((url) => url.searchParams.has("from"));
    await isReady();
    const paused = asked;
    await page.clock.fastForward(60_000);
    expect(asked).toBe(paused);
    await page.keyboard.press("p");
    await page.waitForURL((url) => url.searchParams.get("range") === "15m");
    await waitFor(() => asked > paused, waiting);
  });

  // elastic/kibana#72647: what one has opened shuts at a refresh.
  test("a time that one looks at stays, while the page goes on by itself", async () => {
    await open("?query=footfall_aggregator_lag_records&range=15m");
    const now = page.locator(".chart .now");
    await page.getByLabel("Values at").focus();
    await page.keyboard.press("PageDown");
    await waitFor(async () => /^09:\d/.test(await now.innerText()), waiting);
    const at = await now.innerText();
    let asked = 0;
    page.on("requestfinished", (request) => (asked += Number(request.url().includes("/metrics-api/query"))));
    await page.clock.fastForward(10_000);
    await waitFor(() => asked >= 1, waiting);
    await isReady();
    await page.evaluate("new Promise(requestAnimationFrame)");
    expect(await now.innerText()).toBe(at);
    await page.keyboard.press("ArrowLeft");
    await waitFor(async () => (await now.innerText()) !== at, waiting);
    expect(Date.parse(`1970-01-01T${at}Z`) - Date.parse(`1970-01-01T${await now.innerText()}Z`)).toBe(10_000);
  });

  test("asks nothing while hidden", async () => {
    await open("?query=up&range=15m");
    const setHidden = (isHidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, "hidden", { configurable: true, value: ${isHidden} }); document.dispatchEvent(new Event("visibilitychange"))`,
      );
    await setHidden(true);
    let asked = 0;
    page.on("request", (request) => (asked += Number(request.url().includes("/metrics-api/query"))));
    await page.clock.fastForward(60_000);
    expect(asked).toBe(0);
    await setHidden(false);
    await waitFor(() => asked >= 1, waiting);
  });

  // grafana/grafana#118642: a canvas without a name, values for the mouse only.
  test("values of a time are in the table, by pointing and by keys; dragging zooms", async () => {
    await open(`?query=footfall_aggregator_lag_records&from=${startMs}&to=${startMs + 300_000}`);
    expect(await page.getByRole("figure").getAttribute("aria-label")).toBe(
      "footfall_aggregator_lag_records: 1 series, a value each 10 s, in records",
    );
    const now = page.locator(".chart .now");
    const slider = page.getByLabel("Values at");
    await slider.focus();
    await page.keyboard.press("Home");
    await waitFor(async () => (await now.innerText()) === "09:00:00", waiting);
    expect((await table())[0]![1]).toBe("150");
    await page.keyboard.press("ArrowRight");
    await waitFor(async () => (await now.innerText()) === "09:00:10", waiting);
    expect(await slider.getAttribute("aria-valuetext")).toBe("2026-11-23 09:00:10");
    const over = (await page.locator(".plot .u-over").boundingBox())!;
    await page.mouse.move(over.x + over.width * 0.5, over.y + 20);
    await waitFor(async () => (await now.innerText()) === "09:02:30", waiting);
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.7, over.y + 20, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL((url) => Number(url.searchParams.get("from")) > startMs);
    const spanMs = Number(address().get("to")) - Number(address().get("from"));
    expect(Math.abs(spanMs - 60_000)).toBeLessThan(3_000);
  });

  test("says what to start where no monitor runs, and where no window has closed", async () => {
    await open("", consoleOnly);
    expect(await page.locator(".nothing-yet").innerText()).toContain("No monitor runs at this address");
    await page.route("**/metrics-api/query*", (route) => route.fulfill({ json: { series: [], total: 0 } }));
    await open();
    expect(await page.locator(".nothing-yet").innerText()).toContain("Start an agent that scrapes");
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
      await page.setViewportSize({ width, height: 900 });
      for (const search of ["?range=15m", "?range=15m&query=last(queue_records) by (job, queue)"]) {
        await open(search);
        await page.locator(".names li").first().waitFor();
        const folder = process.env["FOOTFALL_SCREENSHOTS"];
        if (folder) await page.screenshot({ path: `${folder}/metrics-${colorScheme}-${width}-${search.length}.png` });
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      }
    },
  );
});
