import { createConsole } from "@footfall/console";
import { openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { type LogEntry, logKeyOf, logsTopic } from "@footfall/service-logs";
import { freePort, type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemoryLogIndex } from "../../apps/console/test/memory-log-index.ts";
import { hasChromium, launchChromium } from "./launch-chromium.ts";
import { accessibilityFaults, openWatchedPage, type WatchedPage } from "./watched-page.ts";

const waiting = { deadlineMs: 30_000 };
const minuteMs = 60_000;
const rows = ".results > .lines > li";

describe.skipIf(!hasChromium())("the page of service logs in Chromium", () => {
  let folder: TemporaryFolder;
  let log: EventLog;
  let server: RunningServer;
  let index: MemoryLogIndex;
  /** Starts a console at a port; 0 is any. */
  let startConsole: (port: number) => Promise<RunningServer>;
  let browser: Browser;
  let page: Page;
  let watched: WatchedPage;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    log = await openEmbeddedLog({ folder: `${folder.path}/log`, clock: Date.now });
    const lake = await openLake({ root: `${folder.path}/tables`, clock: Date.now });
    await log.createTopic({ name: "clicks", partitions: 1 });
    await log.createTopic({ name: logsTopic, partitions: 2 });
    index = new MemoryLogIndex();
    startConsole = async (port) => {
      const registry = new Registry();
      const operate = await createConsole({
        log,
        lake,
        registry,
        clock: Date.now,
        logIndex: index,
        links: () => [{ label: "Health", href: "/health" }],
        problems: () => [],
        servedModel: async () => undefined,
      });
      const logger = createLogger({ name: "test", level: "silent" });
      return startServer({ services: [operate], host: "127.0.0.1", port: 0, operatorPort: port, logger, registry });
    };
    server = await startConsole(0);
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
  beforeEach(async () => {
    index.entries.length = 0;
    watched = await openWatchedPage(browser, { expectedErrors: /400 \(Bad Request\)|ERR_CONNECTION_REFUSED/ });
    ({ page } = watched);
  });
  afterEach(async () => {
    await watched.close();
  });

  function entry(body: string, changes: Partial<LogEntry> = {}): LogEntry {
    const atMs = changes.occurredAtMs ?? Date.now() - 10 * minuteMs;
    const known = {
      occurredAtMs: atMs,
      observedAtMs: atMs,
      severityNumber: 9,
      body,
      service: "cart",
      instance: "cart-1",
    };
    return { ...known, host: "a", ...changes };
  }
  function put(...entries: LogEntry[]): void {
    for (const each of entries)
      index.entries.push({ partition: 0, offset: 10n ** 17n + BigInt(index.entries.length), entry: each });
  }
  /** A line a second, the newest `minutesAgo`: numbered from 1, the oldest, on. */
  function putMany(count: number, minutesAgo = 10): void {
    const lastMs = Date.now() - minutesAgo * minuteMs;
    for (let line = 1; line <= count; line += 1) {
      const isError = line % 10 === 0;
      put(
        entry(`line ${line}`, {
          occurredAtMs: lastMs - (count - line) * 1_000,
          severityNumber: isError ? 17 : 9,
          service: line % 2 === 0 ? "cart" : "payment",
          attributes: { "http.response.status_code": isError ? 500 : 200, path: `/p/${line}` },
        }),
      );
    }
  }
  async function open(search = ""): Promise<void> {
    await page.goto(`${server.operatorUrl}/logs${search}`);
    await isReady();
  }
  const isReady = () => page.locator('[data-ready="true"]').waitFor();
  const bodies = () => page.locator(`${rows} > .line .body`).allInnerTexts();
  const sum = () => page.locator(".sum").innerText();
  async function searchFor(query: string): Promise<void> {
    await page.fill("#q", query);
    await page.press("#q", "Enter");
    await page.waitForURL((url) => (url.searchParams.get("q") ?? "") === query);
    await isReady();
  }
  const appendLines = (...lines: string[]) =>
    log.append(
      logsTopic,
      lines.map((line) => {
        const value = entry(line, { occurredAtMs: Date.now() });
        return { key: logKeyOf(value), value: Buffer.from(JSON.stringify(value)) };
      }),
    );

  test("searches, says how many lines there are, and loads more without gap or repeat", async () => {
    putMany(450);
    await open();
    expect(await sum()).toMatch(/^200 of 450 lines, newest first/);
    expect((await bodies())[0]).toBe("line 450");
    await page.click(".more");
    await waitFor(async () => (await page.locator(rows).count()) === 400, waiting);
    await page.click(".more");
    await waitFor(async () => (await page.locator(rows).count()) === 450, waiting);
    expect(await bodies()).toEqual(Array.from({ length: 450 }, (_, line) => `line ${450 - line}`));
    await searchFor("level:error status:>=500");
    expect(await page.locator(rows).count()).toBe(45);
    await searchFor("nowhere");
    expect(await page.locator(".nothing").innerText()).toContain("No line in this time matches");
  });

  // grafana/mcp-grafana#557: results that were cut look complete.
  test("says at least where nobody counted", async () => {
    putMany(250);
    await page.route("**/console/logs/histogram.json*", (route) => route.fulfill({ status: 503, body: "{}" }));
    await open();
    expect(await sum()).toMatch(/^200 of at least 200 lines/);
    watched.faults.length = 0;
  });

  test("a click on a value includes it, a minus or an alt-click excludes it, the same again takes it away", async () => {
    putMany(40);
    await open("?q=line OR nothing");
    const service = page.locator('[data-field="service"]');
    await service.getByRole("button", { name: "cart", exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get("q") === "(line OR nothing) service:cart");
    await waitFor(async () => (await page.locator(rows).count()) === 20, waiting);
    await service.getByRole("button", { name: "Without service:cart" }).click();
    await waitFor(async () => (await bodies())[0] === "line 39", waiting);
    expect(new URL(page.url()).searchParams.get("q")).toBe("(line OR nothing) -service:cart");
    await service.getByRole("button", { name: "Without service:cart" }).click();
    await waitFor(async () => (await page.locator(rows).count()) === 40, waiting);
    await page
      .locator('[data-field="level"]')
      .getByText("error", { exact: true })
      .click({ modifiers: ["Alt"] });
    await waitFor(async () => (await page.locator(rows).count()) === 36, waiting);
  });

  test("a wrong query says where and what to write, and what was found stays", async () => {
    putMany(5);
    await open();
    await searchFor('line "never closed');
    const problem = page.locator("#q-problem .problem");
    expect(await problem.innerText()).toContain('At 6: a quote is never closed; close it with "');
    expect(await problem.locator("mark").innerText()).toBe('"');
    expect(await page.locator(rows).count()).toBe(5);
    expect(await page.getAttribute("#q", "aria-invalid")).toBe("true");
    await searchFor("line");
    expect(await problem.count()).toBe(0);
  });

  test("an opened line shows its fields as filters, its surroundings, and its trace", async () => {
    putMany(120);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    put(entry("boom\n  at pay()", { severityNumber: 17, traceId, attributes: { "request.id": "r 1", status: "odd" } }));
    put(entry("charged", { service: "payment", instance: "payment-1", traceId }));
    putMany(70, 5);
    await open("?range=24h&q=boom");
    await page.click(`${rows} .open`);
    const detail = page.locator(".detail");
    expect(await detail.locator("pre").innerText()).toBe("boom\n  at pay()");
    // The language reads `status` as another field: a button would find nothing.
    expect(await detail.locator("dl > div", { hasText: "odd" }).locator("button").count()).toBe(0);
    expect(await detail.getByTitle('Only request.id:"r 1"').count()).toBe(1);
    await page.getByRole("button", { name: /Lines around it/ }).click();
    await page.locator(".around .lines li").nth(100).waitFor();
    expect(await page.locator(".around > p").innerText()).toBe("50 lines before, 50 after; oldest first.");
    expect(await page.locator(".around .lines li").count()).toBe(101);
    expect(await page.locator(".around .centre .body").innerText()).toBe("boom ↵");
    await page.reload();
    await page.locator(".around .centre").waitFor();
    await page.getByRole("button", { name: "All lines of this trace" }).click();
    await waitFor(async () => (await page.locator(rows).count()) === 2, waiting);
    expect(new URL(page.url()).searchParams.get("q")).toBe(`trace:${traceId}`);
  });

  test("dragging over the histogram zooms, and the way back leads out again", async () => {
    putMany(600, 25);
    await open();
    const over = (await page.locator(".canvas .u-over").boundingBox())!;
    await page.mouse.move(over.x + over.width * 0.4, over.y + 20);
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.5, over.y + 20, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL((url) => url.searchParams.has("from"));
    await isReady();
    const { searchParams } = new URL(page.url());
    const spanMs = Number(searchParams.get("to")) - Number(searchParams.get("from"));
    expect(spanMs / minuteMs).toBeGreaterThan(5);
    expect(spanMs / minuteMs).toBeLessThan(7);
    expect(await sum()).toMatch(/^200 of (2[89]|3\d)\d lines/);
    await page.goBack();
    await waitFor(async () => (await sum()).startsWith("200 of 600 lines"), waiting);
  });

  // grafana/grafana#59370: shared links moved on.
  test("a link shows the same lines later, although new ones came", async () => {
    putMany(30);
    await open("?q=line");
    await page.locator(`${rows} .open`).nth(3).click();
    const link = page.url();
    const before = await bodies();
    put(entry("a line of later", { occurredAtMs: Date.now() }));
    const other = await page.context().newPage();
    await other.goto(link);
    await other.locator('[data-ready="true"]').waitFor();
    expect(await other.locator(`${rows} > .line .body`).allInnerTexts()).toEqual(before);
    expect(await other.locator(`${rows} .detail pre`).innerText()).toBe("line 27");
    await other.close();
  });

  // grafana/grafana#30634, elastic/kibana#72647: the tail drags the page, an opened line shuts.
  test("the live tail counts new lines that match, and puts them in when asked", async () => {
    putMany(5);
    await open("?q=-noise");
    await page.keyboard.press("p");
    await page.locator('[data-tail="live"]').waitFor();
    await appendLines("first", "noise of a kind", "second");
    await page.locator(".pill", { hasText: "2 new" }).waitFor();
    expect(await page.locator(rows).count()).toBe(5);
    await page.click(".pill");
    await waitFor(async () => (await page.locator(rows).count()) === 7, waiting);
    expect(new Set((await bodies()).slice(0, 2))).toEqual(new Set(["first", "second"]));
    expect(await page.locator(".pill").count()).toBe(0);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator('[data-tail="off"]').waitFor();
    expect(await page.locator(rows).count()).toBe(7);
  });

  test("the live tail goes on after its last line when the console is stopped and started", async () => {
    const port = await freePort();
    let operate = await startConsole(port);
    closing.push(() => operate.close());
    await page.goto(`${operate.operatorUrl}/logs?q=-noise`);
    await isReady();
    await page.keyboard.press("p");
    await page.locator('[data-tail="live"]').waitFor();
    await appendLines("before 1", "before 2");
    await page.locator(".pill", { hasText: "2 new" }).waitFor();
    for (const round of [1, 2]) {
      await operate.close();
      await page.locator('[data-tail="broken"]').waitFor();
      expect(await page.locator(".tail .notice").innerText()).toMatch(
        /^The live tail broke off at .*; trying again\.$/,
      );
      await appendLines(...Array.from({ length: 20 }, (_, line) => `away ${round} ${line}`), "noise of a kind");
      operate = await startConsole(port);
      await page.locator('[data-tail="live"]').waitFor();
      expect(await page.locator(".tail .notice").innerText()).toMatch(
        /^It broke off at .*, and has gone on after its last line: none is missing\.$/,
      );
      await appendLines(`after ${round}`);
      await page.locator(".pill", { hasText: `${2 + round * 21} new` }).waitFor();
    }
    await page.click(".pill");
    const wanted = [1, 2].flatMap((round) => [
      `before ${round}`,
      ...Array.from({ length: 20 }, (_, line) => `away ${round} ${line}`),
      `after ${round}`,
    ]);
    await waitFor(async () => (await bodies()).length >= wanted.length, waiting);
    expect((await bodies()).sort()).toEqual(wanted.sort());
  });

  test("the keys choose, open and close lines, and are off while one types", async () => {
    putMany(3);
    await open();
    await page.keyboard.press("/");
    await page.keyboard.type("jp");
    expect(await page.inputValue("#q")).toBe("jp");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    expect(await page.locator(".detail pre").innerText()).toBe("line 2");
    await page.keyboard.press("Escape");
    expect(await page.locator(".detail").count()).toBe(0);
    await page.keyboard.press("?");
    expect(await page.locator("dialog[open] h2").first().innerText()).toBe("How to search");
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "nothing that axe finds, %s at %i px, and nothing is wider than the window",
    async (colorScheme, width) => {
      putMany(20);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await open();
      await page.locator(`${rows} .open`).first().click();
      await page.getByRole("button", { name: /Lines around it/ }).click();
      await page.locator(".around .centre").waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    },
  );
});
