import type { Clock } from "@footfall/base";
import { type AggregatorOptions, createAggregator } from "@footfall/aggregator";
import { topics } from "@footfall/events";
import { openLake } from "@footfall/lake";
import type { EventLog, Subscription } from "@footfall/log";
import { createLogger, Registry } from "@footfall/runtime";
import { Gate, gatedLake, gatedLog } from "./gate.ts";

/** An aggregator with log and lake handles of its own, as a process has them. */
export interface Member {
  readonly name: string;
  readonly gate: Gate;
  /** Partitions held now, as the member believes. */
  partitions(): readonly number[];
  /** Events that it has committed. */
  committed(): Promise<number>;
  /** How often it was fenced, or failed otherwise, and began anew. */
  restarts(): Promise<number>;
  /** Leaves in order and closes its handles. */
  stop(): Promise<void>;
}

export interface MemberOptions {
  readonly name: string;
  readonly tablesFolder: string;
  readonly clock: Clock;
  /** Opens a log that cannot be reached while the gate is closed. */
  readonly openLog: (gate: Gate) => Promise<EventLog>;
  readonly aggregator: Partial<AggregatorOptions>;
}

export async function startMember(options: MemberOptions): Promise<Member> {
  const { name, clock } = options;
  const gate = new Gate();
  const log = await options.openLog(gate);
  const lake = await openLake({ root: options.tablesFolder, clock, threads: 1, memoryLimitMb: 256 });
  const registry = new Registry();
  let subscription: Subscription | undefined;
  const service = await createAggregator({
    ...options.aggregator,
    log: gatedLog(log, gate, (subscribed, { topics: [topic] }) => {
      if (topic === topics.clicks) subscription = subscribed;
    }),
    lake: gatedLake(lake, gate),
    clock,
    registry,
    logger: createLogger({ name, level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
  });
  const metric = async (metricName: string, result?: string): Promise<number> => {
    const values = (await registry.getSingleMetric(metricName)?.get())?.values ?? [];
    return values.find(({ labels }) => result === undefined || labels["result"] === result)?.value ?? 0;
  };
  return {
    name,
    gate,
    partitions: () => subscription?.partitions.map(({ partition }) => partition) ?? [],
    committed: () => metric("footfall_aggregator_events_total", "committed"),
    restarts: () => metric("footfall_aggregator_restarts_total"),
    async stop() {
      await service.stop();
      await log.close();
      await lake.close();
    },
  };
}
