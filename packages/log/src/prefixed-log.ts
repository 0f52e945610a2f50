import { AppError } from "@footfall/base";
import type {
  EventLog,
  LogBatch,
  OffsetRange,
  SubscribeOptions,
  Subscription,
  TopicPartition,
  TopicSpec,
} from "./event-log.ts";

const prefixForm = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * A log whose topics and groups have names of their own in a cluster that is shared: whoever uses it sees them without
 * the prefix, and no others.
 * @throws AppError CONFIG_INVALID
 */
export function prefixedLog(log: EventLog, prefix: string): EventLog {
  if (prefixForm.test(prefix)) return new PrefixedLog(log, prefix);
  throw new AppError("CONFIG_INVALID", 'A prefix of topics has 1 to 100 letters, digits, ".", "_" or "-".', {
    context: { prefix },
  });
}

/** The same of what a log tells of itself. */
export function withoutPrefix<Place extends { readonly topic: string }>(place: Place, prefix: string): Place {
  return place.topic.startsWith(prefix) ? { ...place, topic: place.topic.slice(prefix.length) } : place;
}

class PrefixedLog implements EventLog {
  readonly #log: EventLog;
  readonly #prefix: string;

  constructor(log: EventLog, prefix: string) {
    this.#log = log;
    this.#prefix = prefix;
  }

  createTopic(spec: TopicSpec): Promise<void> {
    return this.#log.createTopic({ ...spec, name: this.#named(spec.name) });
  }

  append(topic: string, records: Parameters<EventLog["append"]>[1]): ReturnType<EventLog["append"]> {
    return this.#log.append(this.#named(topic), records);
  }

  async subscribe({ topics, group, onBatch, onAssignment, ...rest }: SubscribeOptions): Promise<Subscription> {
    const subscription = await this.#log.subscribe({
      ...rest,
      topics: topics.map((topic) => this.#named(topic)),
      ...(group !== undefined && { group: this.#named(group) }),
      onBatch: (batch) => onBatch(this.#plain(batch)),
      ...(onAssignment && {
        onAssignment: async ({ held, lost }) => {
          const plain = {
            held: held.map((place) => this.#plain(place)),
            lost: lost.map((place) => this.#plain(place)),
          };
          const offsets = await onAssignment(plain);
          return offsets.map((offset) => ({ ...offset, topic: this.#named(offset.topic) }));
        },
      }),
    });
    const partitionsNow = (): readonly TopicPartition[] => subscription.partitions.map((place) => this.#plain(place));
    return {
      get partitions() {
        return partitionsNow();
      },
      pause: () => subscription.pause(),
      resume: () => subscription.resume(),
      stop: () => subscription.stop(),
      done: subscription.done,
    };
  }

  async *read(range: OffsetRange): AsyncGenerator<LogBatch> {
    for await (const batch of this.#log.read({ ...range, topic: this.#named(range.topic) })) yield this.#plain(batch);
  }

  offsets(topic: string): ReturnType<EventLog["offsets"]> {
    return this.#log.offsets(this.#named(topic));
  }

  offsetsAt(topic: string, timeMs: number): Promise<readonly bigint[]> {
    return this.#log.offsetsAt(this.#named(topic), timeMs);
  }

  groupOffsets(group: string, topic: string): ReturnType<EventLog["groupOffsets"]> {
    return this.#log.groupOffsets(this.#named(group), this.#named(topic));
  }

  resetOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    return this.#log.resetOffsets(this.#named(group), this.#named(topic), offsets);
  }

  async topics(): Promise<readonly TopicSpec[]> {
    const all = await this.#log.topics();
    return all
      .filter(({ name }) => name.startsWith(this.#prefix))
      .map((spec) => ({ ...spec, name: spec.name.slice(this.#prefix.length) }));
  }

  applyRetention(nowMs: number): Promise<void> {
    return this.#log.applyRetention(nowMs);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #named(name: string): string {
    return `${this.#prefix}${name}`;
  }

  #plain<Place extends { readonly topic: string }>(place: Place): Place {
    return withoutPrefix(place, this.#prefix);
  }
}
