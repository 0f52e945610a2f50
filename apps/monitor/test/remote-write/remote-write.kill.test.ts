import { openEmbeddedLog } from "@footfall/log/embedded";
import { type MetricScrape, metricsTopic } from "@footfall/metrics";
import { seededRandom } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect, test } from "vitest";
import { startApp } from "../../../../test/app-process.ts";
import { scrape } from "../monitor-fixture.ts";
import { inOrderOnly, startFakeReceiver } from "./fake-receiver.ts";

const kills = 4;
const scrapesPerLife = 120;

function scrapeOf(number: number): MetricScrape {
  const values = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, number * 100 + index]));
  return scrape(Math.floor(number / 3) * 1_000, { instance: `host-${number % 3}:1`, values });
}

test("a monitor that is killed while it sends leaves no sample out and stores none otherwise", async () => {
  const folder = await temporaryFolder();
  const receiver = await startFakeReceiver();
  const log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
  const random = seededRandom(11);
  const environment = { FOOTFALL_MONITOR_REMOTE_WRITE_URL: receiver.url, FOOTFALL_MONITOR_RULES_FILE: "" };
  try {
    await log.createTopic({ name: metricsTopic, partitions: 2 });
    // Slow enough to be killed amid its requests.
    receiver.judge(inOrderOnly());
    for (let life = 0; life <= kills; life += 1) {
      const monitor = await startApp("monitor", folder.path, environment);
      const before = receiver.requests.length;
      for (let i = 0; i < scrapesPerLife; i += 1) {
        const each = scrapeOf(life * scrapesPerLife + i);
        await log.append(metricsTopic, [{ key: each.instance, value: Buffer.from(JSON.stringify(each)) }]);
      }
      if (life === kills) {
        const all = (kills + 1) * scrapesPerLife * 101;
        const found = (): number => new Set(receiver.taken.map(({ series, timeMs }) => `${series} ${timeMs}`)).size;
        await waitFor(() => found() >= all, { deadlineMs: 60_000, intervalMs: 100, what: `${all} samples` });
        expect(found()).toBe(all);
        expect(await monitor.stop()).toBe(0);
      } else {
        const after = before + 1 + Math.floor(random() * 3);
        await waitFor(() => receiver.requests.length >= after, { deadlineMs: 30_000, intervalMs: 0 });
        await monitor.kill();
      }
    }
    for (const { series, timeMs, value } of receiver.taken) {
      const index = /"m(\d+)"/.exec(series)?.[1];
      if (index === undefined) continue;
      const at = receiver.taken[0]!.timeMs;
      const host = Number(/host-(\d)/.exec(series)![1]);
      expect(value).toBe((((timeMs - at) / 1_000) * 3 + host) * 100 + Number(index));
    }
  } finally {
    await log.close();
    await receiver.stop();
    await folder.remove();
  }
}, 180_000);
