import type { Side } from "@footfall/comparison";
import type { EventLog } from "@footfall/log";
import type { RecordSource } from "./record-source.ts";

/**
 * A source for each partition of a topic, from its first kept record to its present end.
 * @throws AppError LOG_TOPIC_UNKNOWN, LOG_UNAVAILABLE
 */
export async function openTopicSources(log: EventLog, topic: string, side: Side): Promise<readonly RecordSource[]> {
  const offsets = await log.offsets(topic);
  return offsets.map(({ startOffset, endOffset }, partition) => {
    const batches = log.read({ topic, partition, startOffset, endOffset })[Symbol.asyncIterator]();
    const name = `${topic}/${partition}`;
    return {
      side,
      name,
      async next() {
        const { done, value: batch } = await batches.next();
        if (done) return undefined;
        return batch.records.map(({ offset, value }) => ({
          text: value === null ? null : value.toString("utf8"),
          place: `${name}/${offset}`,
        }));
      },
      async close() {
        await batches.return?.();
      },
    };
  });
}
