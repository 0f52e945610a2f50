import { appendFile } from "node:fs/promises";
import { type Random, seededRandom } from "@footfall/base";
import { waitFor } from "@footfall/testkit";
import { expect } from "vitest";
import { accountOf, waitUntilSettled } from "./account.ts";
import { type FaultRow, faultTable } from "../../scripts/test-faults/fault-table.ts";
import { type ClickLoad, startClickLoad } from "./click-load.ts";
import type { FaultyShop } from "./faulty-shop.ts";

/** `npm run test:faults -- --runs 20 --seed 7` sets these. */
export const faultRuns = Number(process.env["FAULTS_RUNS"] ?? 2);
export const faultSeed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 1_000_000);
/** File that takes a line of JSON for each row of the fault table. */
const reportPath = process.env["FAULTS_REPORT"];

const dayMs = 86_400_000;
const afterProgressMsMax = 500;
const eventsPerSecond = 300;
let faults = 0;
/** What the loads of the same file have sent, into the same lake. */
export const sentBefore = new Set<string>();

/**
 * Lets a fault happen again and again under load, each time at a random moment after new commits; then everything
 * accepted must be in the lake once, and windows and sessions must be those of the events.
 * @param inject  makes the fault happen and undoes it; may return before all works again
 */
export async function runFault(
  shop: FaultyShop,
  fault: string,
  inject: (random: Random, load: ClickLoad) => Promise<void>,
): Promise<FaultRow> {
  faults += 1;
  const random = seededRandom(faultSeed + faults);
  // A load sends less than two days of event time; those of one shop lie one after the other.
  const startMs = Date.now() - 100 * dayMs + faults * 3 * dayMs;
  const { liveKey } = shop;
  const load = startClickLoad({
    random: seededRandom(faultSeed - faults),
    senders: 4,
    startMs,
    eventsPerSecond,
    ...(liveKey !== undefined && { liveKey }),
  });
  const watch = shop.watch();
  try {
    load.setUrl(shop.collectorUrl);
    await progress(shop, load);
    for (let run = 0; run < faultRuns; run += 1) {
      // The moment is the test's input, not a wait for something to happen.
      await new Promise((resolve) => setTimeout(resolve, random() * afterProgressMsMax));
      await inject(random, load);
      await progress(shop, load);
    }
    await load.stop();
    await watch.stop();
    await waitUntilSettled(shop.lake, load.ledger);
    const account = await accountOf(shop.lake, load.ledger, sentBefore);
    for (const id of load.ledger.sent) sentBefore.add(id);
    const row: FaultRow = {
      ...account,
      fault,
      runs: faultRuns,
      lost: account.lost.length,
      failedRequests: load.ledger.failedRequests,
      secondsWithout: {
        answers: seconds(load.ledger.longestSilenceMs),
        commits: seconds(watch.longestMs.commits),
        recommendations: seconds(watch.longestMs.recommendations),
      },
    };
    await report(row);
    expect(account.accepted).toBeGreaterThan(faultRuns * 100);
    expect(account.lost).toEqual([]);
    expect(account.doubled).toBe(0);
    return row;
  } finally {
    await load.stop();
    await watch.stop();
  }
}

/** Events are acknowledged and committed. */
export async function progress(shop: FaultyShop, load: ClickLoad): Promise<void> {
  const acknowledged = load.ledger.acknowledged.size;
  const commits = await shop.commits();
  await waitFor(async () => load.ledger.acknowledged.size > acknowledged + 50 && (await shop.commits()) > commits + 1, {
    deadlineMs: 120_000,
    intervalMs: 50,
    what: "acknowledged events and commits",
  });
}

export function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

export async function report(row: FaultRow): Promise<void> {
  if (reportPath !== undefined) await appendFile(reportPath, `${JSON.stringify(row)}\n`);
  console.log(faultTable([row]));
}
