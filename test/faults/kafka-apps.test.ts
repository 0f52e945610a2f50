import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "../kafka/proxied-kafka.ts";
import { accountOf, missingOf, waitUntilSettled } from "./account.ts";
import { startClickLoad } from "./click-load.ts";
import { faultRuns, faultSeed, progress, report, runFault, seconds, sentBefore } from "./fault-run.ts";
import { type KafkaShop, type ShopApp, startKafkaShop } from "./kafka-shop.ts";

const hourMs = 3_600_000;
/** As long as a group's session and more: a member that sends no heartbeat is expelled by then. */
const jumpedMs = 12_000;
const outage = { eventsPerSecond: 1_000, paceEvents: 5_000, recoveryMsMax: 600_000 };
/** Ten minutes are for who has the time for many runs. */
const outageSeconds = faultRuns < 10 ? [60] : [60, 600];
const brokerPauseMs = 30_000;
/** A group's session of 10 s and a little. */
const zombiePauseMs = 13_000;
/** About as long as one takes. */
const retrainKilledAfterMsMax = 2_000;
/** Of a retrain while another one holds the lock. */
const lockedExitCode = 4;

describe.runIf(canRunKafka())(`faults around one broker, each ${faultRuns} times (seed ${faultSeed})`, () => {
  let kafka: ProxiedKafka;
  let shop: KafkaShop;
  let folder: TemporaryFolder;
  let clockFile: string;
  beforeAll(async () => {
    kafka = await startProxiedKafka();
    folder = await temporaryFolder();
    clockFile = join(folder.path, "clock-shift");
    const environment = {
      NODE_OPTIONS: `--import ${new URL("shifted-clock.mjs", import.meta.url).href}`,
      CLOCK_SHIFT_FILE: clockFile,
    };
    shop = await startKafkaShop({ brokers: kafka.directBrokers(), collectorBrokers: kafka.brokers, environment });
  }, 180_000);
  afterAll(async () => {
    await shop?.stop();
    await kafka?.stop();
    await folder.remove();
  });

  it.each<ShopApp>(["collector", "recommender"])("kill -9 of the %s", async (app) => {
    await runFault(shop, `kill -9 of the ${app}`, () => shop.killAndRestart(app));
  });

  it("kill -9 of one of two aggregators", async () => {
    const second = await shop.startAggregator();
    await runFault(shop, "kill -9 of one of two aggregators", () => shop.killAndRestart("aggregator"));
    expect(await second.stop()).toBe(0);
  });

  it("a retrain during commits, now and then killed and run again", async () => {
    await runFault(shop, "retrain during commits; every other one is killed and run again", async (random) => {
      const hasSessions = async (): Promise<boolean> => (await shop.lake.compare("sessions", "demo")).rows > 0;
      await waitFor(hasSessions, { deadlineMs: 120_000, intervalMs: 200, what: "sessions to learn from" });
      const retrain = (timeout?: number): Promise<number> => runRetrain(shop.storageDir, timeout);
      if (random() < 0.5) await retrain(random() * retrainKilledAfterMsMax);
      // One that was killed holds its lock until that expires.
      let exitCode = lockedExitCode;
      const isUnlocked = async (): Promise<boolean> => (exitCode = await retrain()) !== lockedExitCode;
      await waitFor(isUnlocked, { deadlineMs: 180_000, intervalMs: 2_000, what: "the lock of a killed run to expire" });
      expect(exitCode).toBe(0);
    });
  });

  it("clock jumps of an hour", async () => {
    await runFault(shop, "the clock jumps by an hour, and back", async (random) => {
      await writeFile(clockFile, String(random() < 0.5 ? hourMs : -hourMs));
      await new Promise((resolve) => setTimeout(resolve, jumpedMs));
      await writeFile(clockFile, "0");
      await new Promise((resolve) => setTimeout(resolve, jumpedMs));
    });
  });

  it("connections cut while events are sent", async () => {
    await runFault(shop, "connection to the broker cut mid-produce", async () => kafka.proxy.cut());
  });

  it("a rebalance during commits", async () => {
    await runFault(
      shop,
      "rebalance during a commit: a second aggregator joins, and leaves or is killed",
      async (random) => {
        const second = await shop.startAggregator();
        await new Promise((resolve) => setTimeout(resolve, random() * 4_000));
        if (random() < 0.5) await second.kill();
        else expect(await second.stop()).toBe(0);
      },
    );
  });

  it("an aggregator paused past its session, whose partitions another has taken", async () => {
    const second = await shop.startAggregator();
    await runFault(shop, "one of two aggregators paused past its session", async (random) => {
      const paused = random() < 0.5 ? second : shop.process("aggregator");
      process.kill(paused.pid, "SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, zombiePauseMs));
      process.kill(paused.pid, "SIGCONT");
    });
    expect(await second.stop()).toBe(0);
  });

  it("a broker paused for 30 s", async () => {
    const row = await runFault(shop, "broker paused for 30 s (SIGSTOP)", async () => {
      kafka.pause();
      await new Promise((resolve) => setTimeout(resolve, brokerPauseMs));
      kafka.resume();
    });
    expect(row.failedRequests).toBe(0);
  });

  it.each(outageSeconds)("%d s without a broker under 1,000 events/s", async (lastsSeconds) => {
    const load = startClickLoad({
      random: seededRandom(faultSeed),
      senders: 8,
      // Twice as many days as it makes of event time.
      startMs: Date.now() - (400 + lastsSeconds) * 24 * hourMs,
      eventsPerSecond: outage.eventsPerSecond,
      liveKey: shop.liveKey,
    });
    const watch = shop.watch();
    const { ids: idsBefore } = await shop.lake.countEvents();
    try {
      load.setUrl(shop.collectorUrl);
      await progress(shop, load);
      const paceMs = performance.now();
      const first = load.ledger.acknowledged.size;
      await waitFor(() => load.ledger.acknowledged.size > first + outage.paceEvents, { deadlineMs: 120_000 });
      const before = load.ledger.acknowledged.size;
      const perMs = (before - first) / (performance.now() - paceMs);
      kafka.kill();
      await new Promise((resolve) => setTimeout(resolve, lastsSeconds * 1000));
      const during = load.ledger.acknowledged.size - before;
      await kafka.restart();
      const backMs = performance.now();
      const accepted = new Set(load.ledger.acknowledged);
      const isInLake = async (): Promise<boolean> => {
        // Counted first: to name them all takes the processor from those who write them.
        const { ids } = await shop.lake.countEvents();
        return (
          ids - idsBefore >= accepted.size && missingOf(accepted, new Set(await shop.lake.eventIds())).length === 0
        );
      };
      await waitFor(isInLake, {
        deadlineMs: outage.recoveryMsMax,
        intervalMs: 500,
        what: "all events of the outage in the lake",
      });
      const recoveryMs = performance.now() - backMs;
      await load.stop();
      await watch.stop();
      await waitUntilSettled(shop.lake, load.ledger);
      const account = await accountOf(shop.lake, load.ledger, sentBefore);
      const { failedRequests, longestSilenceMs } = load.ledger;
      const { commits, recommendations } = watch.longestMs;
      await report({
        ...account,
        fault:
          `no broker for ${lastsSeconds} s under ${Math.round(during / lastsSeconds)} events/s; ` +
          `all in the lake ${seconds(recoveryMs)} s after it was back`,
        runs: 1,
        lost: account.lost.length,
        failedRequests,
        secondsWithout: {
          answers: seconds(longestSilenceMs),
          commits: seconds(commits),
          recommendations: seconds(recommendations),
        },
      });
      // Whatever the machine can: the outage must not slow it down.
      expect(during).toBeGreaterThan(0.8 * perMs * lastsSeconds * 1000);
      expect(failedRequests).toBe(0);
      expect(account.lost).toEqual([]);
      expect(account.doubled).toBe(0);
      for (const id of load.ledger.sent) sentBefore.add(id);
    } finally {
      await load.stop();
      await watch.stop();
    }
  });
});

/** @param timeoutMs  when it is killed, if it has not ended @returns the exit code; -1 when it was killed */
async function runRetrain(storageDir: string, timeoutMs = 0): Promise<number> {
  const command = ["scripts/run.mjs", "scripts/retrain.ts", "--storage", storageDir, "--tenant", "demo", "--json"];
  // Clicks of chance may make a worse model.
  command.push("--force", "a test of faults");
  return new Promise((resolve) => {
    execFile(process.execPath, command, { timeout: Math.ceil(timeoutMs), killSignal: "SIGKILL" }, (error) => {
      if (error === null) resolve(0);
      else resolve(typeof error.code === "number" ? error.code : -1);
    });
  });
}
