import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { storageFolders } from "@footfall/runtime";
import { isRequired, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { faultRuns, faultSeed, runFault } from "./fault-run.ts";
import { type FaultyShop, openFaultyShop } from "./faulty-shop.ts";

const syncs = "fsync,fdatasync,msync";
const delayMicros = 300_000;
const slowMs = 4_000;
const settings = {
  FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: "300",
  FOOTFALL_STANDALONE_DERIVE_INTERVAL_MS: "1000",
  FOOTFALL_STANDALONE_IDLE_TIMEOUT_MS: "1000",
};

/** Whether system calls can be slowed down here; where they must be, a missing strace is a failure. */
function canSlowDown(): boolean {
  if (spawnSync("strace", ["-V"]).status === 0) return true;
  const message = "The slow-fsync test needs strace.";
  if (isRequired("kafka", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}

describe.runIf(canSlowDown())(`slow fsync, ${faultRuns} times (seed ${faultSeed})`, () => {
  let folder: TemporaryFolder;
  let app: AppProcess;
  let shop: FaultyShop;
  let strace: ChildProcess | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
    app = await startApp("standalone", folder.path, settings);
    shop = await openFaultyShop(storageFolders(folder.path).tables, { collector: app.url, recommender: app.url });
  }, 120_000);
  afterAll(async () => {
    strace?.kill("SIGKILL");
    await app?.kill();
    shop?.lake.close();
    await folder.remove();
  });

  it("each flush of log and lake takes 300 ms for a while", async () => {
    await runFault(shop, "slow fsync, 300 ms each, for 4 s: embedded log and lake", async () => {
      const inject = ["-e", `trace=${syncs}`, "-e", `inject=${syncs}:delay_enter=${delayMicros}`];
      strace = spawn("strace", ["-f", "-p", String(app.pid), ...inject, "-o", "/dev/null"], { stdio: "ignore" });
      const gone = once(strace, "exit");
      await new Promise((resolve) => setTimeout(resolve, slowMs));
      if (strace.exitCode !== null) throw new Error("strace could not attach to the process");
      strace.kill("SIGINT"); // lets go of the process
      await gone;
    });
  });
});
