import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Clock, errorCodeOf, type Random } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { errorCounter, type HealthProblem, type Logger, type Registry, type Service } from "@footfall/runtime";
import { logsTopic } from "@footfall/service-logs";
import type { AgentFile, LogSource } from "./agent-file.ts";
import { createAgentMetrics } from "./agent-metrics.ts";
import { FileTailer } from "./files/tail-files.ts";
import { shipLines } from "./logs/ship-lines.ts";
import { otlpRoutes } from "./otlp-routes.ts";
import { keepRunning } from "./keep-running.ts";

export interface AgentOptions {
  readonly log: Pick<EventLog, "append" | "createTopic">;
  readonly file: AgentFile;
  /** Holds the positions in files. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly bodyBytesMax: number;
  /** Partitions of topic `logs`, where it is made here. Default 4. */
  readonly partitions?: number;
  /** Pause between two looks at files. Default 1000. */
  readonly pollMs?: number;
  /** See `TailOptions`. */
  readonly rotateWaitMs?: number;
  readonly copyWaitMs?: number;
}

/**
 * Starts the agent: lines of files, and what is sent over OTLP, into topic `logs`. It holds nothing back for a log that
 * is away: it stops reading, and the files are the buffer.
 */
export async function createAgent(options: AgentOptions): Promise<Service> {
  const { log, file, clock, logger, registry, bodyBytesMax } = options;
  const metrics = createAgentMetrics(registry);
  const countError = errorCounter(registry);
  const onError = (error: unknown): void => countError("agent", errorCodeOf(error));
  const makeTopics = (): Promise<void> => log.createTopic({ name: logsTopic, partitions: options.partitions ?? 4 });
  const tailers = (file.logs ?? []).map((source) => {
    const take = shipLines({
      log,
      source,
      host: file.host ?? hostname(),
      onShipped: (entries) => metrics.shipped(source.service, entries.length),
    });
    return keepRunning({
      name: `log files of ${source.service}`,
      logger,
      onError,
      async run(signal) {
        await makeTopics();
        const tailer = await FileTailer.open({
          ...options,
          patterns: source.paths,
          checkpointPath: join(options.folder, `${checkpointName(source)}.json`),
          take,
          onNotice(notice, path) {
            metrics.notice(notice);
            logger.info({ notice, path }, "log file");
          },
        });
        await tailer.run(signal);
      },
    });
  });
  return {
    name: "agent",
    router: otlpRoutes({ log, clock, bodyBytesMax, onReceived: metrics.received }),
    health: (): readonly HealthProblem[] => tailers.flatMap((tailer) => tailer.problem ?? []),
    stop: async () => void (await Promise.all(tailers.map((tailer) => tailer.stop()))),
  };
}

/** The same for the same files, wherever they stand in the configuration. */
function checkpointName({ service, paths }: LogSource): string {
  const hash = createHash("sha256").update(JSON.stringify(paths)).digest("hex").slice(0, 16);
  return `${service.replaceAll(/[^A-Za-z0-9_-]/g, "_")}-${hash}`;
}
