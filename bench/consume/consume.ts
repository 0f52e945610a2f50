import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openKafkaLog } from "@footfall/log/kafka";
import { bootstrapServers, kafkaVersions, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { aggregateLog } from "../aggregate/aggregate-log.ts";
import type { AggregateReport } from "../aggregate/aggregate-process.ts";
import { appendClicks } from "../aggregate/append-clicks.ts";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";

/** Not a whole number of the commits that a backlog is taken in, which would spare either side the last one. */
const eventsFull = 2_050_000;
const eventsSmall = 50_000;
const rounds = 2;
const ratioMin = 0.8;
const cpuRatioMax = 1.3;
const togetherMax = 1.2;

/** The aggregator's throughput on Kafka and on the embedded log: the same clicks, in turn, on the same machine. */
export async function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const events = isSmall ? eventsSmall : eventsFull;
  const folder = await mkdtemp(join(tmpdir(), "footfall-bench-consume-"));
  const brokersFolder = join(folder, "kafka");
  try {
    const onKafka: AggregateReport[] = [];
    const onEmbedded: AggregateReport[] = [];
    const together: AggregateReport[] = [];
    for (let round = 0; round < (isSmall ? 1 : rounds); round += 1) {
      const embedded = join(folder, `embedded-${round}`);
      const log = await openEmbeddedLog({ folder: join(embedded, "log") });
      await appendClicks(log, events);
      await log.close();
      onEmbedded.push(await aggregateLog(embedded));
      // The same log once more, into a lake of their own and with nothing acknowledged.
      await rm(join(embedded, "tables"), { recursive: true });
      together.push(await aggregateLog(embedded, { members: 2 }));
      // A broker of its own each time: it is idle while the other is measured, and topics are new.
      const place = join(brokersFolder, String(round));
      const version = kafkaVersions[0];
      const brokers = bootstrapServers(await startKafka({ jarsFolder: ".kafka", folder: place, version, brokers: 1 }));
      try {
        const kafka = await openKafkaLog({ brokers, clientId: "bench-fill" });
        await appendClicks(kafka, events);
        await kafka.close();
        onKafka.push(await aggregateLog(join(folder, `kafka-${round}`), { brokers: brokers.join(",") }));
      } finally {
        await stopKafka(place);
      }
    }
    return [compare(events, onKafka, onEmbedded), compareTogether(events, together, onEmbedded)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function microsPerEvent(events: number, reports: readonly AggregateReport[]): number {
  return reports.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0) / (events * reports.length);
}

function compareTogether(
  events: number,
  together: readonly AggregateReport[],
  alone: readonly AggregateReport[],
): BenchResult {
  const [ours, reference] = [microsPerEvent(events, together), microsPerEvent(events, alone)];
  return {
    name: "consume: two aggregators of one group, against one",
    unit: "µs of CPU an event, all together",
    ours,
    reference,
    ratio: ours / reference,
    floor: `ratio ≤ ${togetherMax}`,
    holds: ours / reference <= togetherMax,
    details: { events, rounds: together.length },
  };
}

function compare(
  events: number,
  onKafka: readonly AggregateReport[],
  onEmbedded: readonly AggregateReport[],
): BenchResult {
  const perSecond = (reports: readonly AggregateReport[]): number =>
    (events * reports.length * 1000) / reports.reduce((sum, { wallMs }) => sum + wallMs, 0);
  const [ours, reference] = [perSecond(onKafka), perSecond(onEmbedded)];
  const [cpuMicrosKafka, cpuMicrosEmbedded] = [microsPerEvent(events, onKafka), microsPerEvent(events, onEmbedded)];
  const cpuRatio = cpuMicrosKafka / cpuMicrosEmbedded;
  return {
    name: "consume: the aggregator on Kafka, against the embedded log",
    unit: "events/s",
    ours,
    reference,
    ratio: ours / reference,
    floor: `ratio ≥ ${ratioMin}, CPU ≤ ${cpuRatioMax} ×`,
    holds: ours / reference >= ratioMin && cpuRatio <= cpuRatioMax,
    details: { events, rounds: onKafka.length, cpuMicrosKafka, cpuMicrosEmbedded, cpuRatio },
  };
}

await runAsCommand(import.meta.url, run);
