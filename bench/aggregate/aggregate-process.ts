import { readFileSync } from "node:fs";
import { systemClock } from "@footfall/base";
import { createAggregator } from "@footfall/aggregator";
import { topics } from "@footfall/events";
import { eventsTable, openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openKafkaLog } from "@footfall/log/kafka";
import { createLogger, Registry } from "@footfall/runtime";

/**
 * The aggregator of the benchmark, in a process of its own: `aggregate-process.ts <folder> [brokers]`. Takes what the
 * log holds, in the folder or in Kafka, and tells what that cost when all of it is committed and no window is open any
 * more.
 */
export interface AggregateReport {
  readonly cpuMicros: number;
  readonly wallMs: number;
  /** The process's own memory, sampled twice a second: without pages of the log's file, which the system may drop. */
  readonly memoryMb: readonly number[];
}

const [folder = "", brokers = ""] = process.argv.slice(2);
const log =
  brokers === ""
    ? await openEmbeddedLog({ folder: `${folder}/log` })
    : await openKafkaLog({ brokers: brokers.split(","), clientId: "bench-aggregate" });
const lake = await openLake({
  root: `${folder}/tables`,
  clock: systemClock,
  // As the aggregator's own process has it by default.
  threads: 1,
});
const ends = (await log.offsets(topics.clicks)).map((range) => range.endOffset);
const memoryMb: number[] = [];
const sampler = setInterval(() => memoryMb.push(ownMemoryMb()), 500);
const startMs = performance.now();
const startCpu = process.cpuUsage();
const aggregator = await createAggregator({
  log,
  lake,
  clock: systemClock,
  logger: createLogger({ name: "aggregator", level: "warn" }),
  registry: new Registry(),
  // The input is history: as soon as the log is empty, its last windows close.
  idleTimeoutMs: 2_000,
});
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  const { progress } = await (await lake.table(eventsTable)).snapshot();
  if (!ends.every((end, partition) => (progress.get(`clicks-${partition}`) ?? 0n) >= end)) continue;
  const sessions = await (await lake.existingTable("sessions")).snapshot();
  const watermark = sessions.progress.get("watermark");
  if (watermark !== undefined && Number(watermark) > systemClock() - 600_000) break;
}
const { user, system } = process.cpuUsage(startCpu);
const report: AggregateReport = { cpuMicros: user + system, wallMs: performance.now() - startMs, memoryMb };
clearInterval(sampler);
process.send?.(report);
// Whoever left the group before the others are done would have them begin anew.
await new Promise((resolve) => process.once("message", resolve));
await aggregator.stop();
await lake.close();
await log.close();
process.exit(0);

/** Anonymous memory as Linux counts it; elsewhere all that is resident. */
function ownMemoryMb(): number {
  try {
    return Math.round(Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024);
  } catch {
    return Math.round(process.memoryUsage.rss() / 2 ** 20);
  }
}
