import { setTimeout as delay } from "node:timers/promises";
import { AppError, type Clock, type Random } from "@footfall/base";
import type { AppendRecord, TopicSpec } from "../event-log.ts";
import type { ForwardLimits, SpoolTarget } from "./forwarder.ts";
import { type SpoolEvent, SpoolLane } from "./spool-lane.ts";
import { asideTopicOf, SpooledTopic, type SpoolStore } from "./spooled-topic.ts";
import { SpoolRoom } from "./spool-room.ts";

export type { SpoolTarget } from "./forwarder.ts";
export type { SpoolEvent } from "./spool-lane.ts";
export type { SpoolStore } from "./spooled-topic.ts";

export interface SpoolOptions extends Partial<ForwardLimits> {
  /** The log that all records are meant for. */
  readonly log: SpoolTarget;
  /** A log on the local disk, in a folder that no other collector uses. The caller closes both logs. */
  readonly store: SpoolStore;
  /** The topics that are appended to; created in `log` as soon as it answers. */
  readonly topics: readonly TopicSpec[];
  /** Most bytes that may wait on disk. */
  readonly spoolBytesMax: number;
  readonly clock: Clock;
  /** Spreads the attempts to reach the log again. */
  readonly random: Random;
  /** Told of each change, for metrics and log lines. */
  readonly onEvent?: (event: SpoolEvent) => void;
}

/**
 * Takes records for a log that may be away: straight, or over the local disk while it is.
 * At least once: records whose send was not answered in time are sent again from the disk, and the log may hold them
 * twice. The records of one key that were taken one after the other are first seen in that order.
 */
export interface Spool {
  /**
   * Resolves when the log has taken the records, or the disk holds them.
   * @throws AppError LOG_UNAVAILABLE (retriable: the log is away, and the disk or `spoolBytesMax` has no room),
   *   LOG_OVERLOADED (retriable), LOG_RECORD_TOO_LARGE, LOG_TOPIC_UNKNOWN, LOG_CLOSED
   */
  append(topic: string, records: readonly AppendRecord[]): Promise<void>;
  status(): SpoolStatus;
  /** Ends forwarding. What waits on disk stays for the next start. The logs stay open. */
  close(): Promise<void>;
}

export interface SpoolStatus {
  /** Since when records go over the disk; undefined while all go straight to the log. */
  readonly spoolingSinceMs: number | undefined;
  /** Why they do, in words; empty if the log has not failed since the start. */
  readonly reason: string;
  readonly spoolBytes: number;
  readonly spoolBytesMax: number;
  /** Whether records were refused for want of room, and there has been none since. */
  readonly isFull: boolean;
  /** When the oldest record that waits was spooled, ms since the epoch; undefined when none waits. */
  readonly oldestSpooledAtMs: number | undefined;
  /** Records the log refuses for good, kept on disk and tried again at the next start. */
  readonly asideRecords: number;
}

const limitsDefault: ForwardLimits = {
  slowAfterMs: 1000,
  forwardTimeoutMs: 30_000,
  backOffMinMs: 100,
  backOffMaxMs: 5000,
};

/**
 * Opens a spool and begins to forward what an earlier life left in it. Waits for the log, but no longer than
 * `slowAfterMs`: it may be away.
 * @throws AppError LOG_UNAVAILABLE where the disk cannot be used
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { log: target, store, clock, random, spoolBytesMax, onEvent = () => {} } = options;
  const { slowAfterMs, forwardTimeoutMs, backOffMinMs, backOffMaxMs } = { ...limitsDefault, ...options };
  const limits = { slowAfterMs, forwardTimeoutMs, backOffMinMs, backOffMaxMs };
  const stored = options.topics.flatMap(({ name }) => [name, asideTopicOf(name)]);
  const room = new SpoolRoom(spoolBytesMax, () => stored.reduce((sum, name) => sum + store.storedBytes(name), 0));
  const spooledTopics = options.topics.map(({ name }) => new SpooledTopic(store, name, room));
  for (const spooled of spooledTopics) await spooled.open();
  const lanes = new Map<string, SpoolLane>();
  options.topics.forEach((topic, i) => {
    const spooled = spooledTopics[i]!;
    lanes.set(topic.name, new SpoolLane({ target, topic, spooled, limits, random, clock, onEvent }));
  });
  const waited = new AbortController();
  await Promise.race([
    Promise.all([...lanes.values()].map((lane) => lane.started)),
    delay(slowAfterMs, undefined, { signal: waited.signal }).catch(() => {}),
  ]);
  waited.abort();

  return {
    append(topic, records) {
      const lane = lanes.get(topic);
      if (lane !== undefined) return lane.append(records);
      return Promise.reject(new AppError("LOG_TOPIC_UNKNOWN", `${topic} is not a topic of this spool.`));
    },
    status() {
      const spooling = [...lanes.values()].filter((lane) => lane.spoolingSinceMs !== undefined);
      const error = spooling.find((lane) => lane.lastError !== undefined)?.lastError;
      return {
        spoolingSinceMs: earliest(spooling.map((lane) => lane.spoolingSinceMs)),
        reason: error === undefined ? "" : error instanceof Error ? error.message : String(error),
        spoolBytes: room.bytes,
        spoolBytesMax,
        isFull: room.isFull,
        oldestSpooledAtMs: earliest(spooledTopics.map((spooled) => spooled.oldestAtMs)),
        asideRecords: spooledTopics.reduce((sum, spooled) => sum + spooled.asideRecords, 0),
      };
    },
    async close() {
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}

function earliest(timesMs: readonly (number | undefined)[]): number | undefined {
  const known = timesMs.filter((timeMs) => timeMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
