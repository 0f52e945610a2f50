import { cp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, systemClock } from "@footfall/base";
import { type BackedUpTable, compact, type Lake, type LakeVersion, openLake, vacuum } from "@footfall/lake";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pinTables } from "../../packages/lake/src/backup/lake-pin.ts";
import { openOutsideLake } from "../../scripts/outside-lake.ts";
import { type AppProcess, startApp } from "../app-process.ts";
import { accountOf, waitUntilSettled } from "../faults/account.ts";
import { type ClickLoad, startClickLoad } from "../faults/click-load.ts";
import { runCommand } from "../run-command.ts";

const backups = Number(process.env["FOOTFALL_BACKUPS"] ?? 2);
const derived = ["item_windows", "sessions"] as const;
/** Longer than any write takes to be committed. */
const graceMs = 15_000;
const settings = {
  FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: "300",
  FOOTFALL_STANDALONE_DERIVE_INTERVAL_MS: "300",
  FOOTFALL_STANDALONE_IDLE_TIMEOUT_MS: "1000",
};

let place: TemporaryFolder;
let storage: string;
let standalone: AppProcess;
let load: ClickLoad;
let lake: Lake;
let maintenance: Maintenance;

beforeAll(async () => {
  place = await temporaryFolder();
  storage = join(place.path, "storage");
  standalone = await startApp("standalone", storage, settings);
  const random = seededRandom(7);
  load = startClickLoad({ random, senders: 4, startMs: Date.now() - 5 * 86_400_000, eventsPerSecond: 200 });
  load.setUrl(standalone.url);
  lake = await openLake({ root: storageFolders(storage).tables, clock: systemClock, threads: 1 });
  maintenance = maintain(lake);
});
afterAll(async () => {
  await maintenance?.stop();
  await load?.stop();
  await standalone?.stop();
  await lake?.close();
  await place?.remove();
});

interface Maintenance {
  readonly counts: { merged: number; deleted: number };
  stop(): Promise<void>;
}

/** Merges and deletes files as fast as it can, as the aggregator does now and then. */
function maintain(of: Lake): Maintenance {
  const counts = { merged: 0, deleted: 0 };
  let isStopping = false;
  let failure: unknown;
  const run = async (): Promise<void> => {
    while (!isStopping) {
      for (const name of await of.tableNames()) {
        const table = await of.existingTable(name);
        counts.merged += (await compact(of, table, { targetBytes: 1_048_576 })).filesBefore;
        counts.deleted += (await vacuum(table, { graceMs, clock: systemClock })).filesRemoved;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const running = run().catch((error: unknown) => (failure = error));
  return {
    counts,
    async stop() {
      isStopping = true;
      await running;
      if (failure !== undefined) throw failure;
    },
  };
}

const lakeCommand = (folder: string, ...args: string[]) =>
  runCommand("scripts/lake.ts", ["--storage", folder, "--json", ...args]);

/** Ids that `events` held at a version, by the offsets that its entry stores: files of that version may be gone. */
async function idsAt(version: number): Promise<readonly string[]> {
  const state = await (await lake.existingTable("events")).snapshot(version as LakeVersion);
  const below = [...state.progress].flatMap(([id, next]) => {
    const partition = /^clicks-(\d+)$/.exec(id)?.[1];
    return partition === undefined ? [] : [`(log_partition = ${partition} AND log_offset < ${next})`];
  });
  const sql = `SELECT event_id FROM events WHERE ${below.join(" OR ")} ORDER BY event_id`;
  return (await lake.query<{ event_id: string }>(sql)).map((row) => row.event_id);
}

interface Report {
  readonly tables: readonly BackedUpTable[];
  readonly models: number;
  readonly files: number;
  readonly bytes: number;
}

async function backUpAndCompare(index: number): Promise<Report> {
  const folder = join(place.path, `backup-${index}`);
  const restoredTo = join(place.path, `restored-${index}`);
  // Only what is compared file by file: `events` lives by the pin of the backup alone.
  const versions: Record<string, number> = {};
  for (const name of derived) versions[name] = (await (await lake.existingTable(name)).snapshot()).version;
  const pin = await pinTables(lake.root, versions, systemClock);
  const made = await lakeCommand(storage, "backup", folder);
  expect(made.stderr).toBe("");
  const report = made.lastJson() as Report;
  const versionOf = (name: string) => report.tables.find(({ table }) => table === name)!.version as LakeVersion;
  const restoring = await lakeCommand(restoredTo, "restore", folder);
  expect(restoring.stderr).toBe("");
  const copy = await openLake({ root: storageFolders(restoredTo).tables, clock: systemClock, threads: 1 });
  try {
    const ids = await copy.query<{ event_id: string }>("SELECT event_id FROM events ORDER BY event_id");
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids.map((row) => row.event_id)).size).toBe(ids.length);
    expect(ids.map((row) => row.event_id)).toEqual(await idsAt(versionOf("events")));
    for (const name of derived) {
      const sql = `SELECT * FROM ${name} ORDER BY ALL`;
      const rows = await copy.query(sql);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows).toEqual(await lake.query(sql, { versions: { [name]: versionOf(name) } }));
    }
  } finally {
    await copy.close();
    await pin.release();
  }
  return report;
}

it(
  `${backups} backups under load hold what was pinned, and a restored one goes on with the log`,
  { timeout: 360_000 + backups * 60_000 },
  async () => {
    const sessions = async () =>
      (await lake.tableNames()).includes("sessions")
        ? (await lake.query<{ n: number }>("SELECT count(*) AS n FROM sessions"))[0]!.n
        : 0;
    await waitFor(async () => (await sessions()) > 500, { deadlineMs: 120_000, intervalMs: 500, what: "sessions" });
    const trained = await runCommand("scripts/retrain.ts", ["--storage", storage, "--json"]);
    expect(trained.stderr + trained.stdout).toContain("modelVersion");
    const reports: Report[] = [];
    for (let index = 0; index < backups; index += 1) {
      const report = await backUpAndCompare(index);
      reports.push(report);
      const { version, rows } = report.tables.find(({ table }) => table === "events")!;
      console.log(`backup ${index + 1}: events at version ${version}, ${rows} rows, ${report.files} files; all equal`);
    }
    await load.stop();
    await maintenance.stop();
    expect(await standalone.stop()).toBe(0);
    const last = reports.at(-1)!;
    console.log(
      `${backups} backups of ${load.ledger.acknowledged.size} events, the last of ${last.bytes} bytes; meanwhile ${maintenance.counts.merged} files merged, ` +
        `${maintenance.counts.deleted} deleted`,
    );
    expect(maintenance.counts.merged).toBeGreaterThan(0);
    expect(maintenance.counts.deleted).toBeGreaterThan(0);
    expect(reports.every(({ models }) => models === 1)).toBe(true);

    // The oldest backup, with the log that went on.
    const restored = join(place.path, "restored-0");
    expect(await readdir(restored)).toEqual(["keys", "models", "tables"]);
    expect((await stat(join(restored, "keys", "write-keys.json"))).mode & 0o777).toBe(0o600);
    const history = (await lakeCommand(restored, "history", "events")).lastJson() as { version: number }[];
    expect(history[0]!.version).toBe(reports[0]!.tables.find(({ table }) => table === "events")!.version);
    await cp(storageFolders(storage).log, storageFolders(restored).log, { recursive: true });
    const again = await startApp("standalone", restored, settings);
    const outside = await openOutsideLake(storageFolders(restored).tables);
    try {
      await waitUntilSettled(outside, load.ledger);
      expect(await accountOf(outside, load.ledger)).toMatchObject({ lost: [], doubled: 0 });
      const retrained = await runCommand("scripts/retrain.ts", ["--storage", restored, "--json"]);
      expect(retrained.exitCode, retrained.stderr).toBe(0);
    } finally {
      outside.close();
      expect(await again.stop()).toBe(0);
    }
  },
);
