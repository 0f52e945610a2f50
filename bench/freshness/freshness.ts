import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { temporaryFolder } from "@footfall/testkit";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { fillStorage } from "../serve/served-storage.ts";
import { EventSender } from "./event-sender.ts";
import { startStandaloneProcess } from "./standalone-process.ts";

const eventsPerSecond = 200;
const batchIntervalMs = 50;
const answerFloorMs = 250;
const newProductFloorMs = 2_000;
/** An item that no model knows is recommended once so many sessions held it. */
const coVisits = 3;

/**
 * How long until a click matters, with the whole product in one process and 200 events/s coming in over HTTP:
 * until the recommendations for its visitor come from the session, until a product that no model knows is recommended
 * beside another after the third visitor has looked at both, and until its row is in the lake.
 */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const seconds = isSmall ? 5 : 40;
  const commitIntervalMs = isSmall ? 1_000 : 5_000;
  const items = 2_000;
  const storage = await temporaryFolder();
  try {
    await fillStorage(storage.path, { items, visitors: 100 });
    const standalone = await startStandaloneProcess(storage.path, commitIntervalMs);
    try {
      const sender = new EventSender(standalone.url, items);
      const ending = new AbortController();
      const traffic = keepSending(sender, ending.signal);
      const inLake = watchLake(join(storage.path, "tables"), sender, ending.signal);
      const answers = await probeAnswers(standalone.url, sender, seconds);
      const newProducts = await probeNewProducts(standalone.url, sender, isSmall ? 5 : 100);
      ending.abort();
      await traffic;
      const { delaysMs, missing } = await inLake;
      const setting = { eventsPerSecond, seconds, commitIntervalMs, events: sender.sentAtMs.size };
      return [
        resultOf("freshness/recommendation", answers, answerFloorMs, 0, setting),
        resultOf("freshness/new-product", newProducts, newProductFloorMs, 0, setting),
        resultOf("freshness/lake", delaysMs, 2 * commitIntervalMs, missing, setting),
      ];
    } finally {
      await standalone.stop();
    }
  } finally {
    await storage.remove();
  }
}

/** 200 events/s by 50 visitors, in small batches, on a fixed schedule however long an answer takes. */
async function keepSending(sender: EventSender, ending: AbortSignal): Promise<void> {
  const perBatch = (eventsPerSecond * batchIntervalMs) / 1000;
  const underWay: Promise<void>[] = [];
  const startMs = performance.now();
  for (let batch = 0; !ending.aborted; batch++) {
    const clicks = Array.from({ length: perBatch }, (_, at) => ({
      visitorId: `visitor-${(batch * perBatch + at) % 50}`,
      itemId: sender.randomItem(),
    }));
    underWay.push(sender.send(clicks));
    await pause(Math.max(0, startMs + (batch + 1) * batchIntervalMs - performance.now()));
  }
  await Promise.all(underWay);
}

/** One click of a fresh visitor after the other: ms from the start of its POST until an answer knows the session. */
async function probeAnswers(url: string, sender: EventSender, seconds: number): Promise<number[]> {
  const delaysMs: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  for (let probe = 0; performance.now() < endMs; probe++) {
    const visitorId = `probe-${probe}`;
    const startMs = performance.now();
    await sender.send([{ visitorId, itemId: sender.randomItem() }]);
    const path = `visitorId=${visitorId}&limit=1`;
    await untilAnswered(url, path, startMs, ([first]) => first?.source === "session");
    delaysMs.push(performance.now() - startMs);
    await pause(20);
  }
  return delaysMs;
}

/** ms from the start of the POST of the last co-visit that it takes, until the new product is recommended. */
async function probeNewProducts(url: string, sender: EventSender, count: number): Promise<number[]> {
  const delaysMs: number[] = [];
  for (let probe = 0; probe < count; probe++) {
    const known = sender.randomItem();
    const added = `new-product-${probe}`;
    let startMs = 0;
    for (let visit = 0; visit < coVisits; visit++) {
      const visitorId = `visitor-of-${added}-${visit}`;
      startMs = performance.now();
      await sender.send([
        { visitorId, itemId: known },
        { visitorId, itemId: added },
      ]);
    }
    await untilAnswered(url, `itemId=${known}&limit=10`, startMs, (items) =>
      items.some(({ itemId, source }) => itemId === added && source === "item"),
    );
    delaysMs.push(performance.now() - startMs);
  }
  return delaysMs;
}

interface AnsweredItem {
  readonly itemId: string;
  readonly source: string;
}

async function untilAnswered(
  url: string,
  query: string,
  startMs: number,
  isIt: (items: readonly AnsweredItem[]) => boolean,
): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/recommendations?key=demo&${query}`);
    const { items } = (await response.json()) as { items: AnsweredItem[] };
    if (isIt(items)) return;
    if (performance.now() - startMs > 30_000) throw new Error(`${query} was not answered as it should within 30 s`);
    await pause(2);
  }
}

/** ms from the sending of each event until a reader of the newest commit finds its row; goes on until all are there. */
async function watchLake(
  root: string,
  sender: EventSender,
  ending: AbortSignal,
): Promise<{ delaysMs: number[]; missing: number }> {
  const lake = await openLake({ root, clock: systemClock, random: Math.random });
  const found = new Map<string, number>();
  let version = -1;
  let idleSinceMs = performance.now();
  const isOver = (): boolean => ending.aborted && found.size === sender.sentAtMs.size;
  while (!isOver() && performance.now() - idleSinceMs < 30_000) {
    await pause(20);
    const snapshot = await lake.existingTable("events").then(
      (table) => table.snapshot(),
      () => undefined,
    );
    if (!snapshot || snapshot.version === version) continue;
    const seenAtMs = Date.now();
    version = snapshot.version;
    idleSinceMs = performance.now();
    const versions = { events: snapshot.version };
    const rows = await lake.query<{ event_id: string }>("select event_id from events", { versions });
    for (const { event_id: id } of rows) {
      const sentAtMs = sender.sentAtMs.get(id);
      if (sentAtMs !== undefined && !found.has(id)) found.set(id, seenAtMs - sentAtMs);
    }
  }
  await lake.close();
  return { delaysMs: [...found.values()], missing: sender.sentAtMs.size - found.size };
}

function resultOf(
  name: string,
  delaysMs: readonly number[],
  floorMs: number,
  missing: number,
  setting: Record<string, number>,
): BenchResult {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const percentile = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))]! * 10) / 10;
  return {
    name,
    unit: "ms, p99",
    ours: percentile(0.99),
    reference: null,
    ratio: null,
    floor: `p99 < ${floorMs} ms, none missing`,
    holds: percentile(0.99) < floorMs && missing === 0,
    details: { ...setting, measured: sorted.length, missing, p50Ms: percentile(0.5), maxMs: percentile(1) },
  };
}

await runAsCommand(import.meta.url, run);
