import { manualClock } from "@footfall/base";
import { type EventEnvelope, topics } from "@footfall/events";
import { eventsTable, openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { Counter, createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createConsole, type Status } from "../src/index.ts";

const clock = manualClock(Date.UTC(2026, 10, 23, 12));
const cleanUps: (() => Promise<void>)[] = [];
let registry: Registry;
let server: RunningServer;
let append: (events: readonly Partial<EventEnvelope>[]) => Promise<void>;
let commit: (offset: bigint) => Promise<void>;

beforeEach(async () => {
  const folder = await temporaryFolder();
  const log = await openEmbeddedLog({ folder: `${folder.path}/log`, clock: clock.now });
  const lake = await openLake({ root: `${folder.path}/tables`, clock: clock.now });
  await log.createTopic({ name: topics.clicks, partitions: 1 });
  const table = await lake.table(eventsTable);
  registry = new Registry();
  const page = await createConsole({
    log,
    lake,
    registry,
    clock: clock.now,
    links: () => [{ label: "Shop", href: "/shop" }],
    problems: () => ["the lake is full"],
    servedModel: async () => ({ version: "00ff", publishedAtMs: clock.now() - 1_000, items: 7, hitRate: 0.25 }),
  });
  const logger = createLogger({ name: "test", level: "silent" });
  server = await startServer({ services: [page], host: "127.0.0.1", port: 0, logger, registry });
  append = async (events) => {
    await log.append(
      topics.clicks,
      events.map((event) => ({ key: "v", value: Buffer.from(JSON.stringify(event)) })),
    );
  };
  commit = async (offset) => {
    await table.commit({ add: [], progress: new Map([[`${topics.clicks}-0`, offset]]), operation: "append" });
  };
  cleanUps.push(
    () => folder.remove(),
    () => lake.close(),
    () => log.close(),
    () => server.close(),
  );
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function status(): Promise<Status> {
  clock.advance(1_000);
  return (await (await fetch(`${server.operatorUrl}/console/status.json`)).json()) as Status;
}

describe("the console", () => {
  it("serves its page and files under a policy that allows nothing inline", async () => {
    for (const path of ["/", "/console/console.js", "/console/console.css", "/console/icon.svg"]) {
      const response = await fetch(`${server.operatorUrl}${path}`);
      expect(response.status, path).toBe(200);
      expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'/);
      expect(response.headers.get("content-security-policy")).not.toMatch(/unsafe/);
    }
    expect((await fetch(`${server.url}/console/status.json`)).status).toBe(404);
    const page = await (await fetch(`${server.operatorUrl}/`)).text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/);
  });

  it("names every element that its script fills in", async () => {
    const page = await (await fetch(`${server.operatorUrl}/`)).text();
    const script = await (await fetch(`${server.operatorUrl}/console/console.js`)).text();
    const ids = [...script.matchAll(/(?:byId|text)\("([a-z-]+)"/g)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
  });

  it("shows events as they pass, newest first and at most twenty", async () => {
    await append([{ name: "page_view", visitorId: "v-1", page_title: "Home" }]);
    await append(
      Array.from({ length: 30 }, (_, index) => ({
        name: "view_item" as const,
        visitorId: "v-2",
        items: [{ item_id: `i-${index}` }, { item_id: "other" }],
      })),
    );
    await waitFor(async () => (await status()).recent.length === 20);
    const { recent, events } = await status();
    expect(recent[0]).toMatchObject({ name: "view_item", visitorId: "v-2", item: "i-29 and 1 more" });
    expect(events.perSecond).toHaveLength(60);
    expect(events.perSecond.reduce((sum, count) => sum + count, 0)).toBe(31);
  });

  it("counts what waits in the log by the lake's own progress", async () => {
    await append([{ name: "page_view" }, { name: "page_view" }, { name: "page_view" }]);
    expect((await status()).log).toEqual({ lag: 3, kept: 3, partitions: 1 });
    await commit(2n);
    const { log, lake } = await status();
    expect(log.lag).toBe(1);
    expect(lake).toEqual([expect.objectContaining({ name: "events", rows: 0, version: 1 })]);
  });

  it("reads the other services' metrics by name, and says null where there is none", async () => {
    expect((await status()).events).toMatchObject({ accepted: null, duplicate: null, rejected: null });
    const name = "footfall_collector_events_total";
    const counter = new Counter({ name, help: "Events.", labelNames: ["status", "code"], registers: [registry] });
    counter.inc({ status: "rejected", code: "A" }, 2);
    counter.inc({ status: "rejected", code: "B" }, 3);
    counter.inc({ status: "accepted", code: "" }, 7);
    expect((await status()).events).toMatchObject({ accepted: 7, duplicate: 0, rejected: 5 });
  });

  it("hands on problems, model and links", async () => {
    const { problems, model, links } = await status();
    expect(problems).toEqual(["the lake is full"]);
    expect(model).toMatchObject({ version: "00ff", items: 7, hitRate: 0.25 });
    expect(links).toEqual([{ label: "Shop", href: "/shop" }]);
  });
});
