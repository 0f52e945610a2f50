import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importClickLog } from "@footfall/aggregator/import";
import { type Lake, openLake } from "@footfall/lake";
import { train } from "@footfall/trainer";
import { waitFor } from "@footfall/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { envelope, openPipeline, type PipelineFixture, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { nowMs, type RunningRecommender, startRecommender } from "../../apps/recommender/test/running-recommender.ts";
import { showCase } from "./cases-report.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const minuteMs = 60_000;
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Figures {
  readonly sales: number;
  readonly revenue: number;
}

/** What the tables say of the sold item, once everything has closed. */
async function figuresOf(lake: Lake): Promise<Figures> {
  const [figures] = await lake.query<Figures>(`
    SELECT coalesce(sum(events), 0)::DOUBLE AS sales, coalesce(sum(revenue), 0)::DOUBLE AS revenue
    FROM item_windows WHERE event_name = 'purchase' AND item_id = 'shoe'`);
  return figures!;
}

async function soldRows(lake: Lake): Promise<number> {
  return (await lake.query("SELECT 1 FROM sessions WHERE event_name = 'purchase' AND item_id = 'shoe'")).length;
}

const order = (atMs: number, more: object = {}) =>
  envelope({
    occurredAtMs: atMs,
    name: "purchase",
    transaction_id: "T1",
    items: [{ item_id: "shoe", price: 50 }],
    ...more,
  });
/** Moves event time on, so that what came before closes. */
const later = (visitorId: string) =>
  envelope({ occurredAtMs: startMs + 180 * minuteMs, visitorId, sessionId: "later" });

async function settled(pipeline: PipelineFixture, aggregator: Awaited<ReturnType<PipelineFixture["start"]>>) {
  pipeline.clock.set(startMs + 180 * minuteMs);
  await pipeline.send(["v1", "v2", "v3", "v4"].map(later));
  await aggregator.caughtUp();
  await waitFor(async () => (await soldRows(pipeline.lake)) > 0, { deadlineMs: 20_000, what: "the sessions to close" });
}

describe("an order that is told of more than once", () => {
  it.each(["in their order", "the first one last"])(
    "counts once in windows and sessions, live, %s",
    async (arrival) => {
      const pipeline = await openPipeline();
      cleanUps.push(() => pipeline.close());
      const aggregator = await pipeline.start();
      const told = [0, 5, 9].map((minute) => order(startMs + minute * minuteMs));
      for (const event of arrival === "in their order" ? told : told.toReversed()) {
        await pipeline.send([event]);
        await aggregator.caughtUp();
      }
      await settled(pipeline, aggregator);
      expect(await pipeline.lake.query("SELECT 1 FROM events WHERE transaction_id = 'T1'")).toHaveLength(3);
      await waitFor(async () => (await figuresOf(pipeline.lake)).sales === 1, { deadlineMs: 20_000, what: "one sale" });
      expect(await figuresOf(pipeline.lake)).toEqual({ sales: 1, revenue: 50 });
      expect(await soldRows(pipeline.lake)).toBe(1);
      await showCase(
        `a purchase three times with one transaction_id, live, ${arrival}`,
        "3 events, 1 sale, revenue once",
      );
    },
  );

  it("counts once where it is imported, and whole where its lines come one by one", async () => {
    const pipeline = await openPipeline();
    cleanUps.push(() => pipeline.close());
    const file = join(pipeline.lake.stagingFolder, "..", "orders.jsonl");
    cleanUps.push(() => rm(file, { force: true }));
    const told = [0, 5, 9].map((minute) => order(startMs - 3_600_000 * 24 + minute * minuteMs));
    const lines = ["shoe", "sock"].map((item, at) =>
      order(startMs - 3_600_000 * 48 + at, { transaction_id: "T2", items: [{ item_id: item, price: 50 }] }),
    );
    const events = [...told, ...lines].map(({ v: _v, tenant: _t, sentAtMs: _s, receivedAtMs: _r, ...event }) => event);
    await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const { lake, clock } = pipeline;
    const account = await importClickLog({
      lake,
      clock: clock.now,
      format: "jsonl",
      file,
      tenant: "demo",
      reject: async () => {},
    });
    expect(account).toMatchObject({ accepted: 5, rejected: 0 });
    expect(await figuresOf(lake)).toEqual({ sales: 2, revenue: 100 });
    expect(await soldRows(lake)).toBe(2);
    expect(await lake.query("SELECT 1 FROM sessions WHERE item_id = 'sock'")).toHaveLength(1);
    await showCase("a purchase three times with one transaction_id, imported", "3 events, 1 sale, revenue once");
    await showCase("an order whose lines come in events of their own", "every line counts");
  });
});

describe("one visitor with 1,500 views of an item, ten with one view each of another", () => {
  const views = (visitorId: string, itemId: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ visitorId, itemIds: [itemId], occurredAtMs: nowMs - 3_600_000 + at }));
  const clicks = [
    ...views("eager", "own", 1_500),
    ...Array.from({ length: 10 }, (_, visitor) => views(`v${visitor}`, "liked", 1)).flat(),
  ];

  async function start(): Promise<RunningRecommender> {
    const recommender = await startRecommender();
    cleanUps.push(() => recommender.close());
    return recommender;
  }

  it("trend: the ten lead", async () => {
    const recommender = await start();
    await recommender.append(...clicks);
    const leading = async () => (await recommender.ask("?visitorId=new")).body.items.map(({ itemId }) => itemId);
    await waitFor(async () => (await leading()).length === 2, { deadlineMs: 20_000, what: "both items" });
    await waitFor(async () => (await leading())[0] === "liked", { deadlineMs: 20_000, what: "the ten to lead" });
    await showCase("1,500 views by one visitor, ten by ten of another item", "the ten lead, live");
  });

  it("popularity: the ten lead", async () => {
    const recommender = await start();
    const { now: clock } = recommender.clock;
    const lake = await openLake({ root: join(recommender.storageDir, "tables"), clock, threads: 1 });
    cleanUps.push(() => lake.close());
    const file = join(recommender.storageDir, "clicks.jsonl");
    const lines = clicks.map(({ visitorId, itemIds: [item_id], occurredAtMs }, at) => ({
      eventId: `00000000-0000-4000-8003-${String(at).padStart(12, "0")}`,
      name: "view_item",
      visitorId,
      // A session of its own for each view, as of a visitor without cookies for sessions.
      sessionId: `s${at}`,
      occurredAtMs: occurredAtMs - 10 * 24 * 3_600_000,
      items: [{ item_id }],
    }));
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await importClickLog({ lake, clock, format: "jsonl", file, tenant: "demo", reject: async () => {} });
    await train({ lake, models: join(recommender.storageDir, "models"), tenant: "demo", clock });
    const popular = async () => (await recommender.ask("")).body.items.map(({ itemId }) => itemId);
    await waitFor(async () => (await popular()).length === 2, { deadlineMs: 20_000, what: "the model to be served" });
    expect(await popular()).toEqual(["liked", "own"]);
    await showCase("the same, learnt by a model", "the ten lead in popularity");
  });
});
