import { Buffer } from "node:buffer";
import type { EventLog, LogRecord, TopicPartition } from "@footfall/log";

/** A record that no sink takes. */
export interface DeadLetter {
  readonly record: LogRecord;
  readonly place: TopicPartition;
  readonly reason: string;
}

/** The topic that keeps the dead letters of another. */
export function deadLetterTopicOf(topic: string): string {
  return `${topic}.dead-letters`;
}

/**
 * Keeps records as they came, with headers that tell where they came from and why they are here; they are sent again
 * by appending them to their topic. @throws as `EventLog.append`
 */
export async function appendDeadLetters(
  log: Pick<EventLog, "append" | "createTopic">,
  topic: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  const name = deadLetterTopicOf(topic);
  await log.createTopic({ name, partitions: 1 });
  await log.append(
    name,
    letters.map(({ record: { key, value, headers, offset }, place, reason }) => ({
      key,
      value,
      headers: new Map([
        ...(headers ?? []),
        ["footfall.topic", Buffer.from(place.topic)],
        ["footfall.partition", Buffer.from(String(place.partition))],
        ["footfall.offset", Buffer.from(String(offset))],
        ["footfall.reason", Buffer.from(reason)],
      ]),
    })),
  );
}
