import { openEmbeddedLog } from "@footfall/log/embedded";
import { type MetricScrape, metricsTopic } from "@footfall/metrics";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, test } from "vitest";
import { startApp } from "../../../../test/app-process.ts";
import { scrape } from "../monitor-fixture.ts";
import { inOrderOnly, startFakeReceiver } from "./fake-receiver.ts";

const patient = { deadlineMs: 60_000, intervalMs: 20 };
const scrapeCount = 120;

function scrapeOf(number: number): MetricScrape {
  const values = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, number * 100 + index]));
  return scrape(Math.floor(number / 3) * 1_000, { instance: `host-${number % 3}:1`, values });
}

test("a monitor that is killed between the receiver's storing and its own noting leaves no sample out", async () => {
  const folder = await temporaryFolder();
  const receiver = await startFakeReceiver();
  const log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
  const environment = { FOOTFALL_MONITOR_REMOTE_WRITE_URL: receiver.url, FOOTFALL_MONITOR_RULES_FILE: "" };
  const append = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i += 1) {
      const each = scrapeOf(i);
      await log.append(metricsTopic, [{ key: each.instance, value: Buffer.from(JSON.stringify(each)) }]);
    }
  };
  try {
    await log.createTopic({ name: metricsTopic, partitions: 2 });
    await append(0, 80);
    // Nothing is taken before the whole process is known.
    receiver.judge(() => ({ status: 503 }));
    const killed = await startApp("monitor", folder.path, environment);
    const store = inOrderOnly();
    let stored = 0;
    let refusals = 0;
    receiver.judge((request) => {
      const verdict = store(request);
      stored += verdict.status === 204 ? 1 : 0;
      refusals += verdict.status === 400 ? 1 : 0;
      if (stored === 2 && verdict.status === 204) process.kill(killed.pid, "SIGKILL");
      return verdict;
    });
    await waitFor(() => stored === 2, patient);
    await killed.kill();
    await append(80, scrapeCount);
    const monitor = await startApp("monitor", folder.path, environment);
    const found = (): number => new Set(receiver.taken.map(({ series, timeMs }) => `${series} ${timeMs}`)).size;
    await waitFor(() => found() >= scrapeCount * 101, { ...patient, what: "all samples" });
    expect(found()).toBe(scrapeCount * 101);
    // What was stored and not noted was sent again, and refused in the company of what was new.
    expect(refusals).toBeGreaterThan(0);
    for (const { series, timeMs, value } of receiver.taken) {
      const index = /"m(\d+)"/.exec(series)?.[1];
      const host = Number(/host-(\d)/.exec(series)![1]);
      const second = (timeMs - scrapeOf(0).sampledAtMs) / 1_000;
      expect(value).toBe(index === undefined ? 1 : (second * 3 + host) * 100 + Number(index));
    }
    expect(await monitor.stop()).toBe(0);
  } finally {
    await log.close();
    await receiver.stop();
    await folder.remove();
  }
}, 120_000);
