import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { type RejectedEvent, topics } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { openOutsideLake, type OutsideLake } from "../../scripts/outside-lake.ts";
import { accountOf, missingOf, waitUntilSettled } from "./account.ts";
import { report, seconds } from "./fault-run.ts";
import { type LoadLedger, startClickLoad } from "./click-load.ts";
import { startApp } from "../app-process.ts";

/** `npm run test:faults -- --runs 50 --seed 7` sets these. */
const runs = Number(process.env["FAULTS_RUNS"] ?? 10);
const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 1_000_000);
const settings = {
  FOOTFALL_LOG_LEVEL: "info",
  FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: "300",
  FOOTFALL_STANDALONE_DERIVE_INTERVAL_MS: "300",
  FOOTFALL_STANDALONE_IDLE_TIMEOUT_MS: "1000",
};
const dayMs = 86_400_000;
const eventsOfRunMin = 20;

describe("kill -9 of the standalone process", () => {
  it(`loses and doubles nothing in ${runs} kills under load (seed ${seed})`, async () => {
    const folder = await temporaryFolder();
    const random = seededRandom(seed);
    const startSeconds: number[] = [];
    // A run sends far less than a day of event time. It must not catch up with the clock: the watermark never runs
    // ahead of that, so what happens now stays open for the gap of a session, in real time.
    const startMs = Date.now() - (runs + 5) * dayMs;
    const load = startClickLoad({ random: seededRandom(seed + 1), senders: 4, startMs });
    try {
      for (let run = 0; run < runs; run++) {
        const standalone = await startApp("standalone", folder.path, settings);
        startSeconds.push(standalone.startSeconds);
        load.setUrl(standalone.url);
        // Every other kill falls among the commits; the rest soon after the start, while the state is being rebuilt.
        if (run % 2 === 0) await newCommit(folder.path, standalone.output);
        // The moment of the kill is the test's input, not a wait for something to happen.
        await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
        load.setUrl(undefined);
        await standalone.kill();
      }
      const standalone = await startApp("standalone", folder.path, settings);
      startSeconds.push(standalone.startSeconds);
      load.setUrl(standalone.url);
      // Where each kill came early there is little yet that could be lost.
      const enough = { deadlineMs: 60_000, what: "enough events to count" };
      await waitFor(() => load.ledger.acknowledged.size > runs * eventsOfRunMin, enough);
      await load.stop();
      const { tables, log } = storageFolders(folder.path);
      const lake = await openOutsideLake(tables);
      try {
        await waitUntilSettled(lake, load.ledger);
        expect(await standalone.stop()).toBe(0);
        await expectLedgerInLake(lake, load.ledger, startSeconds);
      } finally {
        lake.close();
      }
      expect(missingOf(load.ledger.rejected, await rejectedIds(log))).toEqual([]);
    } finally {
      await load.stop();
      await folder.remove();
    }
  });
});

async function newCommit(storageDir: string, output: readonly string[]): Promise<void> {
  const folder = join(storageFolders(storageDir).tables, "events", "_delta_log");
  const commits = async (): Promise<number> => (await readdir(folder).catch(() => [])).length;
  const before = await commits();
  const what = "a commit while the load goes on";
  await waitFor(async () => (await commits()) > before, { deadlineMs: 60_000, intervalMs: 20, what }).catch(
    (error: unknown) => {
      throw new Error(`no commit; the process wrote:\n${output.slice(-20).join("\n")}`, { cause: error });
    },
  );
}

async function expectLedgerInLake(lake: OutsideLake, ledger: LoadLedger, startSeconds: number[]): Promise<void> {
  const distinct = new Set(await lake.eventIds());
  const { sent, accepted, inLake, lost, doubled } = await accountOf(lake, ledger);
  const invented = missingOf(distinct, ledger.sent);
  const sorted = [...startSeconds].sort((a, b) => a - b);
  console.log(
    `in the lake, never acknowledged: ${missingOf(distinct, ledger.acknowledged).length}; rejected with a receipt: ` +
      `${ledger.rejected.size}; start: median ${sorted[sorted.length >> 1]?.toFixed(1)} s, most ${sorted.at(-1)?.toFixed(1)} s`,
  );
  await report({
    fault: "kill -9 of the standalone process, embedded log",
    runs,
    sent,
    accepted,
    inLake,
    lost: lost.length,
    doubled,
    failedRequests: ledger.failedRequests,
    secondsWithout: { answers: seconds(ledger.longestSilenceMs), commits: null, recommendations: null },
  });
  expect(accepted).toBeGreaterThan(runs * eventsOfRunMin);
  expect(lost).toEqual([]);
  expect(invented).toEqual([]);
  expect(doubled).toBe(0);
  for (const name of ["item_windows", "sessions"] as const) {
    const comparison = await lake.compare(name);
    expect(comparison, name).toMatchObject({ missing: 0, surplus: 0, rows: comparison.recomputedRows });
    expect(comparison.rows).toBeGreaterThan(0);
  }
}

async function rejectedIds(logFolder: string): Promise<Set<string>> {
  const ids = new Set<string>();
  const log = await openEmbeddedLog({ folder: logFolder });
  try {
    for await (const batch of log.read({ topic: topics.rejected, partition: 0, startOffset: 0n })) {
      for (const { value } of batch.records) {
        ids.add(((JSON.parse(value!.toString()) as RejectedEvent).event as { eventId: string }).eventId);
      }
    }
  } finally {
    await log.close();
  }
  return ids;
}
