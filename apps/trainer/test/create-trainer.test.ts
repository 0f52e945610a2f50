import { AppError, manualClock, type ManualClock, systemClock } from "@footfall/base";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTrainer, type TrainerOptions } from "../src/create-trainer.ts";
import { readSchedule } from "../src/schedule.ts";
import { type ShopTraining, trainShops } from "../src/train-shops.ts";

const startMs = Date.parse("2026-11-29T02:00:00Z");
const everySecond = readSchedule("* * * * * *", "UTC");
const published = (tenant: string) => ({ tenant, report: { outcome: "published" } }) as unknown as ShopTraining;
let clock: ManualClock;
let registry: Registry;
let trainer: Service | undefined;

beforeEach(() => {
  clock = manualClock(startMs);
  registry = new Registry();
});
afterEach(async () => {
  await trainer?.stop();
});

function start(options: Pick<TrainerOptions, "run"> & Partial<TrainerOptions>): Service {
  const logger = createLogger({ name: "trainer", level: "silent" });
  trainer = createTrainer({ schedule: everySecond, clock: systemClock, logger, registry, ...options });
  return trainer;
}

async function metric(name: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

it("waits for the time of its schedule, and shows it", async () => {
  let runs = 0;
  const schedule = readSchedule("0 3 * * *", "UTC");
  const service = start({ schedule, clock: clock.now, run: async () => ((runs += 1), []) });
  expect(service.details!()).toEqual({ isRunning: false, nextRun: "2026-11-29T03:00:00.000Z", lastRun: undefined });
  expect(await metric("footfall_trainer_next_run_timestamp_seconds")).toBe(startMs / 1000 + 3600);
  expect(await metric("footfall_trainer_last_run_timestamp_seconds")).toBeUndefined();
  expect(await metric("footfall_trainer_last_run_failed")).toBeUndefined();
  expect(await metric("footfall_trainer_running")).toBe(0);
  await service.stop();
  expect(runs).toBe(0);
});

it("tells of a failed run, stays ready, and runs again; what fails for one shop is no other's failure", async () => {
  const outcomes: (() => Promise<readonly ShopTraining[]>)[] = [
    () => Promise.reject(new AppError("LAKE_UNAVAILABLE", "The disk is full.")),
    async () => [published("a"), { tenant: "b", error: new AppError("MODEL_GATE_REFUSED", "It is empty.") }],
    async () => [published("a"), published("b")],
  ];
  const seen: (readonly string[])[] = [];
  let service: Service | undefined;
  const tell = (): void => void seen.push(service!.warnings!().map(({ message }) => message));
  service = start({
    run: () => {
      tell();
      return (outcomes.shift() ?? (async () => [published("a")]))();
    },
  });
  await waitFor(() => seen.length >= 4, { deadlineMs: 20_000 });
  expect(service.health()).toEqual([]);
  expect(seen[0]).toEqual([]);
  expect(seen[1]).toEqual([expect.stringMatching(/^No shop's model was learnt at .*The disk is full\.$/)]);
  expect(seen[2]).toEqual([expect.stringMatching(/^The model of b was not learnt .*It is empty\.$/)]);
  expect(seen[3]).toEqual([]);
  expect(await metric('footfall_trainer_runs_total{result="failed"}')).toBe(2);
  expect(await metric('footfall_trainer_models_total{tenant="b",outcome="failed"}')).toBe(1);
  expect(await metric('footfall_errors_total{app="trainer",code="LAKE_UNAVAILABLE"}')).toBe(1);
  await waitFor(async () => (await metric("footfall_trainer_last_run_failed")) === 0);
  expect(await metric("footfall_trainer_last_success_timestamp_seconds")).toBeGreaterThan(0);
  expect(service.details!()).toMatchObject({ lastRun: { result: "succeeded" } });
});

it("has one run at a time, and a stop ends it in order", async () => {
  let [running, most, begun] = [0, 0, 0];
  const service = start({
    run: async (signal) => {
      begun += 1;
      most = Math.max(most, (running += 1));
      if (begun === 1) await waitFor(() => Date.now() > overdueAtMs, { deadlineMs: 10_000 });
      else await new Promise((resolve) => signal.addEventListener("abort", resolve));
      running -= 1;
      return [];
    },
  });
  // The first run takes longer than two turns of the schedule.
  const overdueAtMs = Date.now() + 2_500;
  await waitFor(() => begun === 2, { deadlineMs: 20_000 });
  expect(most).toBe(1);
  expect(await metric("footfall_trainer_running")).toBe(1);
  expect(service.details!()).toMatchObject({ isRunning: true });
  await service.stop();
  expect(running).toBe(0);
  expect(await metric('footfall_trainer_runs_total{result="stopped"}')).toBe(1);
});

it("says where there is no lake, and learns nothing", async () => {
  const folder = await temporaryFolder();
  try {
    const places = { tables: `${folder.path}/tables`, models: `${folder.path}/models` };
    const options = { ...places, clock: systemClock, signal: new AbortController().signal };
    await expect(trainShops(options)).rejects.toMatchObject({ code: "MODEL_NO_DATA" });
  } finally {
    await folder.remove();
  }
});
