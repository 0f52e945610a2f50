import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { type RejectedEvent, topics } from "@footfall/events";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import Table from "cli-table3";
import { describe, expect, it } from "vitest";
import { openOutsideLake, type OutsideLake } from "../../scripts/outside-lake.ts";
import { type LoadLedger, startClickLoad } from "./click-load.ts";
import { startStandaloneProcess } from "../standalone-process.ts";

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
        const standalone = await startStandaloneProcess(folder.path, settings);
        startSeconds.push(standalone.startSeconds);
        load.setUrl(standalone.url);
        // Every other kill falls soon after the start, while the state is being rebuilt; the rest among the commits.
        if (run % 2 === 1) await newCommit(folder.path, standalone.output);
        // The moment of the kill is the test's input, not a wait for something to happen.
        await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
        load.setUrl(undefined);
        await standalone.kill();
      }
      const standalone = await startStandaloneProcess(folder.path, settings);
      startSeconds.push(standalone.startSeconds);
      load.setUrl(standalone.url);
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

/** The last window closes when the log has been idle for its time-out. */
async function waitUntilSettled(lake: OutsideLake, ledger: LoadLedger): Promise<void> {
  await waitFor(
    async () => {
      const ids = new Set(await lake.eventIds());
      if (missingOf(ledger.acknowledged, ids).length > 0) return false;
      const windows = await lake.compare("item_windows");
      const sessions = await lake.compare("sessions");
      return windows.missing + sessions.missing === 0;
    },
    { deadlineMs: 120_000, intervalMs: 500, what: "all acknowledged events and their windows in the lake" },
  ).catch(async (error: unknown) => {
    const missing = missingOf(ledger.acknowledged, new Set(await lake.eventIds()));
    const windows = await lake.compare("item_windows");
    const sessions = await lake.compare("sessions");
    const rows = [...(await lake.missingRows("item_windows")), ...(await lake.missingRows("sessions"))];
    const found = { missing: missing.slice(0, 5), lost: missing.length, windows, sessions, rows };
    throw new Error(
      JSON.stringify(found, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
      {
        cause: error,
      },
    );
  });
}

async function expectLedgerInLake(lake: OutsideLake, ledger: LoadLedger, startSeconds: number[]): Promise<void> {
  const ids = await lake.eventIds();
  const distinct = new Set(ids);
  const lost = missingOf(ledger.acknowledged, distinct);
  const invented = missingOf(distinct, ledger.sent);
  const doubled = ids.length - distinct.size;
  const sorted = [...startSeconds].sort((a, b) => a - b);
  const table = new Table();
  table.push(
    { kills: runs },
    { seed },
    { "sent (valid, distinct)": ledger.sent.size },
    { acknowledged: ledger.acknowledged.size },
    { "in lake": distinct.size },
    { "in lake, never acknowledged": missingOf(distinct, ledger.acknowledged).length },
    { lost: lost.length },
    { doubled },
    { "rejected with a receipt": ledger.rejected.size },
    { requests: `${ledger.requests}, ${ledger.failedRequests} failed` },
    {
      "start, seconds": `median ${sorted[sorted.length >> 1]?.toFixed(1)}, most ${sorted.at(-1)?.toFixed(1)}`,
    },
  );
  console.log(table.toString());
  expect(ledger.acknowledged.size).toBeGreaterThan(runs * 20);
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
        ids.add(((JSON.parse(value.toString()) as RejectedEvent).event as { eventId: string }).eventId);
      }
    }
  } finally {
    await log.close();
  }
  return ids;
}

function missingOf(expected: ReadonlySet<string>, actual: ReadonlySet<string>): string[] {
  return [...expected].filter((id) => !actual.has(id));
}
