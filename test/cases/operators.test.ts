import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { AppError } from "@footfall/base";
import { openLake, sessionsTable } from "@footfall/lake";
import { openModelStore } from "@footfall/models";
import { readConfig } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { train } from "@footfall/trainer";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { memoryLog } from "../../apps/collector/test/memory-log.ts";
import { clickEvent, startCollector } from "../../apps/collector/test/running-collector.ts";
import { allSettings } from "../../scripts/generate-docs/app-settings.ts";
import { showCase } from "./cases-report.ts";

const patience = { deadlineMs: 30_000 };
let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe("what operators do to it", () => {
  it("ends a training run whose lock somebody deleted", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = openModelStore(folder.path, "demo");
    const lock = await store.lockTraining();
    await rm(join(store.folder, ".training.lock"), { recursive: true });
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await waitFor(() => lock.lost.aborted, patience);
    expect(lock.lost.reason).toMatchObject({ code: "MODEL_TRAINING_LOCKED", retriable: true });
    await showCase("the lock of a training run is deleted", "the run ends: MODEL_TRAINING_LOCKED, nothing published");
  });

  it("refuses a lake of a newer program, and leaves it as it is", async () => {
    const lake = await openLake({ root: join(folder.path, "tables"), clock: () => 0 });
    onTestFinished(() => lake.close());
    const table = await lake.table(sessionsTable);
    const log = join(table.folder, "_delta_log");
    const features = ["deletionVectors"];
    const protocol = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features };
    await writeFile(join(log, `${"1".padStart(20, "0")}.json`), `${JSON.stringify({ protocol })}\n`);
    const refused = { code: "LAKE_TOO_NEW", message: expect.stringContaining("Delta feature deletionVectors") };
    await expect(table.commit({ add: [], operation: "append" })).rejects.toMatchObject(refused);
    await expect(lake.query("select * from sessions")).rejects.toMatchObject(refused);
    expect(await readdir(log)).toHaveLength(2);
    await showCase("a lake table of a newer program (Delta features)", "refused: LAKE_TOO_NEW names the feature");
  });

  it("starts every app from one environment file, and none with a name that nobody knows", async () => {
    const example = await readFile(new URL("../../.env.example", import.meta.url), "utf8");
    // What has no default is the operator's to say.
    const said = {
      FOOTFALL_CDC_URL: "postgresql://cdc@db.example/shop",
      FOOTFALL_CDC_TABLES: "public.products",
      FOOTFALL_REPLICATOR_URL: "redis://cache.example:6379/0",
      FOOTFALL_REPLICATOR_TABLES: "public.products",
    };
    const environment = { ...parseEnv(example.replaceAll("#FOOTFALL_", "FOOTFALL_")), ...said } as Record<
      string,
      string
    >;
    expect(Object.keys(environment).length).toBeGreaterThan(40);
    const typing = { FOOTFALL_COLLECTOR_PROT: "1", FOOTFALL_AGGREGATOR_LAKE_TREADS: "1", FOOTFALL_HOTS: "::" };
    for (const { app, settings } of await allSettings()) {
      if (app === undefined) continue;
      const config = readConfig(app, settings, environment);
      const meant = Object.entries(settings).map(([name, { variable, default: byDefault }]) => {
        return [name, byDefault ?? said[variable as keyof typeof said]];
      });
      expect(config).toEqual(Object.fromEntries(meant));
      const start = () => readConfig(app, settings, { ...environment, ...typing });
      for (const name of Object.keys(typing)) expect(start).toThrow(`${name} is not a setting of any app`);
    }
    await showCase("one file of all settings for every app", "each starts; a name that no app knows stops each");
  });

  it("tells of a full disk when it begins and when it ends", async () => {
    const log = memoryLog();
    const lines: string[] = [];
    const running = await startCollector({ log, onLogLine: (line) => lines.push(line) });
    onTestFinished(() => running.close());
    log.failure = new AppError("LOG_UNAVAILABLE", "No space left on device", { retriable: true });
    const statuses = new Set<number>();
    for (let request = 0; request < 20; request++) statuses.add((await running.send([clickEvent()])).status);
    expect([...statuses]).toEqual([503]);
    log.failure = undefined;
    expect((await running.send([clickEvent()])).status).toBe(200);
    const told = lines
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
      .filter((text) => text.includes("events"));
    expect(told).toEqual([expect.stringContaining("takes no events"), "the log takes events again"]);
    await showCase("the disk under the log is full, 20 requests", "503 each, two log lines: when it began and ended");
  });

  it("publishes nothing when sessions did not change", async () => {
    const lake = await openLake({ root: join(folder.path, "tables"), clock: () => 0 });
    onTestFinished(() => lake.close());
    const table = await lake.table(sessionsTable);
    const row = (item: string, position: number) => ({
      tenant: "demo",
      date: "2026-01-01",
      session_id: "s",
      visitor_id: "v",
      session_start: 0,
      session_end: 1,
      position,
      item_id: item,
      event_name: "view_item",
      occurred_at: 0,
      event_id: item,
      quantity: 1,
      price: null,
    });
    await table.commit({ add: await lake.writeSmall(table, [row("a", 1), row("b", 2)]), operation: "append" });
    const options = { lake, models: join(folder.path, "models"), tenant: "demo", clock: () => 0, threadsMax: 1 };
    const first = await train(options);
    await table.commit({ add: [], operation: "nothing" });
    expect(await train(options)).toMatchObject({
      outcome: "unchanged",
      modelVersion: first.modelVersion,
      lakeVersion: 2,
    });
    expect(await train({ ...options, forcedBecause: "a test" })).toMatchObject({ outcome: "published" });
    await showCase("retrain on unchanged sessions", "nothing new, nothing published; --force publishes");
  });
});
