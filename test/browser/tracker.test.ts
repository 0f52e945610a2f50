import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TenantId } from "@footfall/base";
import { type ClickEvent, parseEvent } from "@footfall/events";
import { waitFor } from "@footfall/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildTracker } from "../../packages/tracker/build.mjs";
import { type FakeCollector, startFakeCollector } from "./fake-collector.ts";
import { hasChromium, launchChromium } from "./launch-chromium.ts";

const stub = "window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) }";
const shopPage = (attributes = "", snippetHost = "") => `<!doctype html>
  <title>A shop</title>
  <script>${stub}</script>
  <script async src="${snippetHost}/t.js" data-key="demo" data-currency="EUR" ${attributes}></script>
  <script>footfall("track", "search", { search_term: "tea ☕" })</script>
  <section data-rec-request="request-1" data-rec-placement="home">
    <div data-footfall-item="mug" data-footfall-name="Mug" data-footfall-price="12.5" data-rec-position="3">
      <a href="/other"><b>A mug</b></a>
      <button data-footfall-event="add_to_cart">Add</button>
    </div>
  </section>`;
/** The script without its data attributes, as tag managers leave it. */
const tagManagerPage = (before: string, attributes = "async") => `<!doctype html>
  <title>A shop</title>
  <script>${stub}; ${before}</script>
  <script ${attributes} src="/t.js"></script>`;

describe.skipIf(!hasChromium())("tracker in Chromium", () => {
  let browser: Browser;
  let script: string;
  let outDir: string;
  let collector: FakeCollector;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    outDir = await mkdtemp(join(tmpdir(), "footfall-tracker-"));
    await buildTracker(outDir);
    script = await readFile(join(outDir, "t.js"), "utf8");
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(outDir, { recursive: true });
  });
  beforeEach(async () => {
    collector = await startFakeCollector({
      "/t.js": script,
      "/": shopPage(),
      "/other": shopPage('data-page-views="off"'),
      "/consent": shopPage('data-consent="required"'),
      "/cookie": shopPage('data-visitor-in="cookie"'),
      "/global": tagManagerPage(`window.footfallConfig = { key: "demo", currency: "USD", endpoint: "/" }`),
      "/injected": tagManagerPage(`footfall("track", "search", { search_term: "early" })`, 'type="module"'),
    });
    context = await browser.newContext();
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await collector.close();
  });

  const events = (): ClickEvent[] => [...collector.stored.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  const named = (name: string) => events().find((event) => event.name === name);

  test("a page view, the calls made before the script came, a shelf in view and a click arrive as agreed", async () => {
    await page.goto(`${collector.url}/#top`);
    await waitFor(() => named("view_item_list"));
    await page.click("button");
    await waitFor(() => named("add_to_cart"));

    expect(events().map(({ name, seq }) => [seq, name])).toEqual([
      [1, "page_view"],
      [2, "search"],
      [3, "view_item_list"],
      [4, "add_to_cart"],
    ]);
    expect(named("page_view")).toMatchObject({ page_location: `${collector.url}/`, page_title: "A shop" });
    expect(named("search")).toMatchObject({ search_term: "tea ☕" });
    const recommendation = { requestId: "request-1", placement: "home" };
    const item = { item_id: "mug", item_name: "Mug", price: 12.5, index: 3 };
    expect(named("view_item_list")).toMatchObject({ items: [item], recommendation });
    expect(named("add_to_cart")).toMatchObject({
      currency: "EUR",
      items: [item],
      recommendation: { ...recommendation, position: 3 },
    });
    for (const { method, contentType, body, atMs } of collector.requests) {
      expect([method, contentType, body.key]).toEqual(["POST", "text/plain", "demo"]);
      const { sentAtMs } = body;
      const parse = { tenant: "demo" as TenantId, historic: false, sentAtMs, receivedAtMs: atMs };
      for (const event of body.events) expect(parseEvent(event, parse)).toMatchObject({ ok: true });
    }
    expect(new Set(events().map(({ visitorId, sessionId }) => visitorId + sessionId)).size).toBe(1);
  });

  test("a collector on another origin needs no preflight", async () => {
    const shop = await startFakeCollector({ "/": shopPage("", collector.url) });
    await page.goto(shop.url);
    await waitFor(() => named("page_view"));
    expect(collector.requests.map(({ method }) => method)).not.toContain("OPTIONS");
    expect(shop.requests).toEqual([]);
    await shop.close();
  });

  test("the tab closed right after a click loses nothing", async () => {
    await page.goto(collector.url);
    await waitFor(() => named("page_view"));
    await page.evaluate(`document.querySelector("a").addEventListener("click", (event) => event.preventDefault())`);
    await page.click("a");
    await page.close({ runBeforeUnload: false });
    const click = await waitFor(() => named("select_item"));
    expect(click).toMatchObject({ recommendation: { requestId: "request-1", placement: "home", position: 3 } });
  });

  test("with the collector away when the tab closes, the next visit sends what was left", async () => {
    await page.goto(collector.url);
    await waitFor(() => named("view_item_list"));
    await context.setOffline(true);
    await page.click("button");
    await page.close();
    await context.setOffline(false);
    expect(named("add_to_cart")).toBeUndefined();
    const later = await context.newPage();
    await later.goto(`${collector.url}/other`);
    const click = await waitFor(() => named("add_to_cart"));
    expect(click.visitorId).toBe(named("page_view")?.visitorId);
    await waitFor(() => events().length >= 6);
    expect(events().map(({ seq }) => seq)).toEqual(events().map((_, index) => index + 1));
  });

  test("after a 503 the batch goes again, not before Retry-After, with the same ids", async () => {
    collector.nextStatus.push(503);
    await page.goto(collector.url);
    await waitFor(() => named("page_view"));
    const [first, second] = collector.requests as [(typeof collector.requests)[0], (typeof collector.requests)[0]];
    expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(1_000);
    const ids = (request: typeof first) => request.body.events.map(({ eventId }) => eventId);
    expect(ids(second)).toEqual(expect.arrayContaining(ids(first)));
    expect(second.body.sentAtMs).toBeGreaterThan(first.body.sentAtMs);
  });

  test("going to another page keeps visitor, session and numbers, and leaves nothing behind", async () => {
    await page.goto(collector.url);
    await page.click("a");
    await page.waitForURL("**/other");
    await waitFor(() => events().filter(({ name }) => name === "search").length === 2);
    await waitFor(() => named("select_item"));
    expect(events().map(({ seq }) => seq)).toEqual(events().map((_, index) => index + 1));
    expect(new Set(events().map(({ visitorId, sessionId }) => visitorId + sessionId)).size).toBe(1);
    const queues = `Object.keys(localStorage).filter((key) => key.startsWith("footfall.q")).length`;
    await waitFor(async () => (await page.evaluate(queues)) === 0);
  });

  test("a view inside the page counts once a path, replaceState for a filter does not", async () => {
    await page.goto(collector.url);
    await page.evaluate(`history.replaceState(null, "", "/?filter=1");
      history.pushState(null, "", "/a"); history.replaceState(null, "", "/a?sort=price"); history.pushState(null, "", "/b");
      history.back()`);
    await waitFor(() => events().filter(({ name }) => name === "page_view").length === 4);
    const paths = events()
      .filter(({ name }) => name === "page_view")
      .map(({ page_location }) => new URL(page_location ?? "").pathname);
    expect(paths).toEqual(["/", "/a", "/b", "/a"]);
  });

  test("without consent nothing is stored or sent; with it, what waited is", async () => {
    await page.goto(`${collector.url}/consent`);
    await page.click("button");
    await page.evaluate(`footfall("flush")`);
    expect(await page.evaluate(`[localStorage.length, document.cookie, footfall.q]`)).toEqual([0, "", undefined]);
    expect(collector.requests).toEqual([]);
    await page.evaluate(`footfall("consent", "granted")`);
    await waitFor(() => named("add_to_cart"));
    await page.evaluate(`footfall("consent", "denied")`);
    expect(await page.evaluate(`localStorage.length`)).toBe(0);
  });

  test("Global Privacy Control and Do Not Track are honoured", async () => {
    for (const signal of [
      ["globalPrivacyControl", true],
      ["doNotTrack", "1"],
    ] as const) {
      const fresh = await browser.newContext();
      await fresh.addInitScript(
        `Object.defineProperty(navigator, "${signal[0]}", { value: ${JSON.stringify(signal[1])} })`,
      );
      const visited = await fresh.newPage();
      await visited.goto(collector.url);
      await visited.click("button");
      await visited.evaluate(`new Promise((resolve) => footfall("ready", (tracker) => tracker.flush().then(resolve)))`);
      expect(await visited.evaluate(`localStorage.length`)).toBe(0);
      await fresh.close();
    }
    expect(collector.requests).toEqual([]);
  });

  test("the visitor id can live in a cookie", async () => {
    await page.goto(`${collector.url}/cookie`);
    const view = await waitFor(() => named("page_view"));
    const cookies = await context.cookies();
    expect(cookies).toMatchObject([{ name: "footfall.visitor", value: view.visitorId, sameSite: "Lax" }]);
    expect(await page.evaluate(`localStorage.getItem("footfall.visitor")`)).toBeNull();
  });

  test("without data attributes the page's global says what they would have", async () => {
    await page.goto(`${collector.url}/global`);
    await waitFor(() => named("page_view"));
    expect(collector.requests[0]?.body.key).toBe("demo");
  });

  test("a script that does not know its own tag starts with the config that arrives, and says so until then", async () => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.goto(`${collector.url}/injected`);
    await waitFor(() => lines.length > 0);
    expect(lines).toEqual([expect.stringMatching(/^footfall: no key/)]);
    expect(await page.evaluate(`localStorage.length`)).toBe(0);
    await page.evaluate(`footfall("config", { key: "late" })`);
    await waitFor(() => named("search"));
    expect(events().map(({ name }) => name)).toEqual(["page_view", "search"]);
    expect(collector.requests[0]?.body.key).toBe("late");
  });

  test("a key that is not known yet keeps the events for the next page, and one line says what is wrong", async () => {
    const lines: string[] = [];
    page.on("console", (message) => message.type() === "warning" && lines.push(message.text()));
    collector.nextStatus.push(...Array.from({ length: 50 }, () => 401));
    await page.goto(`${collector.url}/other`);
    await waitFor(() => collector.requests.length >= 2);
    expect(lines).toEqual([expect.stringMatching(/^footfall: .*\/v1\/events answered 401; events are kept/)]);
    collector.nextStatus.length = 0;
    await page.reload();
    await waitFor(() => events().filter(({ name }) => name === "search").length === 2);
  });

  test("two tabs: the one that stays sends what the closed one left", async () => {
    await page.goto(`${collector.url}/other`);
    const second = await context.newPage();
    await second.goto(collector.url);
    await waitFor(() => named("page_view"));
    await context.setOffline(true);
    await second.click("button");
    await second.close();
    await context.setOffline(false);
    await waitFor(async () => {
      await page.evaluate(`dispatchEvent(new Event("online"))`);
      return named("add_to_cart");
    });
  });
});
