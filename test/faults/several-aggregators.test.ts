import { seededRandom } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, it } from "vitest";
import { openOutsideLake } from "../../scripts/outside-lake.ts";
import { type AppProcess, startApp } from "../app-process.ts";
import { accountOf, missingOf, waitUntilSettled } from "./account.ts";
import { startClickLoad } from "./click-load.ts";
import { faultSeed } from "./fault-run.ts";

const settings = {
  FOOTFALL_LOG_LEVEL: "info",
  FOOTFALL_AGGREGATOR_COMMIT_INTERVAL_MS: "300",
  FOOTFALL_AGGREGATOR_DERIVE_INTERVAL_MS: "1000",
  FOOTFALL_AGGREGATOR_IDLE_TIMEOUT_MS: "1000",
};
const dayMs = 86_400_000;

it(`two aggregators on one folder, one killed, started again and stopped (seed ${faultSeed})`, async () => {
  const folder = await temporaryFolder();
  const start = (app: string): Promise<AppProcess> => startApp(app, folder.path, settings);
  const lake = await openOutsideLake(storageFolders(folder.path).tables);
  const running: AppProcess[] = [];
  const startMs = Date.now() - 10 * dayMs;
  const load = startClickLoad({ random: seededRandom(faultSeed), senders: 4, startMs, eventsPerSecond: 300 });
  try {
    // It makes the topics, so it comes first.
    const collector = await start("collector");
    running.push(collector);
    const [steady, killed] = await Promise.all([start("aggregator"), start("aggregator")]);
    running.push(steady, killed);
    load.setUrl(collector.url);
    await expectProgress([steady, killed]);
    await killed.kill();
    const again = await start("aggregator");
    running.push(again);
    await expectProgress([steady, again]);
    expect(await again.stop()).toBe(0);
    await expectProgress([steady]);
    await load.stop();
    await waitUntilSettled(lake, load.ledger);
    for (const app of [steady, collector]) expect(await app.stop()).toBe(0);

    const { accepted, inLake, lost, doubled } = await accountOf(lake, load.ledger);
    expect(load.ledger.failedRequests).toBe(0);
    expect(accepted).toBeGreaterThan(500);
    expect({ lost, doubled, inLake }).toEqual({ lost: [], doubled: 0, inLake: accepted });
    expect(missingOf(new Set(await lake.eventIds()), load.ledger.sent)).toEqual([]);
    for (const table of ["item_windows", "sessions"] as const) {
      const compared = await lake.compare(table);
      expect(compared, table).toMatchObject({ missing: 0, surplus: 0 });
      expect(compared.rows, table).toBeGreaterThan(0);
    }
  } finally {
    await load.stop();
    await Promise.all(running.map((app) => app.kill()));
    lake.close();
    await folder.remove();
  }
});

/** Waits until each of them has committed events that it had not committed before. */
async function expectProgress(aggregators: readonly AppProcess[]): Promise<void> {
  const before = await Promise.all(aggregators.map(committed));
  const haveMoved = async (): Promise<boolean> => {
    const now = await Promise.all(aggregators.map(committed));
    return now.every((events, i) => events > before[i]!);
  };
  await waitFor(haveMoved, { deadlineMs: 120_000, intervalMs: 50, what: "commits of each aggregator" });
}

async function committed({ operatorUrl }: AppProcess): Promise<number> {
  const metrics = await (await fetch(`${operatorUrl}/metrics`)).text();
  return Number(/^footfall_aggregator_events_total\{result="committed"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
}
