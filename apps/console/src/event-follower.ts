import { type EventEnvelope, topics } from "@footfall/events";
import { type ContactOptions, follow, type Follower } from "@footfall/ingest";
import type { EventLog, LogRecord } from "@footfall/log";

/** One event as the page shows it. */
export interface PassingEvent {
  /** Its place in the log, `partition-offset`. */
  readonly id: string;
  readonly appendedAtMs: number;
  readonly name: string;
  readonly visitorId: string;
  /** Name of the first item, or what else the event is about. */
  readonly item: string;
}

export interface EventFollower {
  /** Newest first, at most `recentMax`. */
  recent(): readonly PassingEvent[];
  /** Events in each of the last 60 whole seconds, oldest first. */
  perSecond(): readonly number[];
  /** The page shows no new events. */
  problem(): Follower["problem"];
  stop(): Promise<void>;
}

const recentMax = 20;
const seconds = 60;

/** Follows the clicks from the end of the log on. */
export async function followEvents(log: EventLog, contact: ContactOptions): Promise<EventFollower> {
  const { clock } = contact;
  let recent: readonly PassingEvent[] = [];
  const countBySecond = new Map<number, number>();

  function count(events: readonly PassingEvent[]): void {
    for (const { appendedAtMs } of events) {
      const second = Math.floor(appendedAtMs / 1_000);
      countBySecond.set(second, (countBySecond.get(second) ?? 0) + 1);
    }
    const oldest = Math.floor(clock() / 1_000) - seconds;
    for (const second of countBySecond.keys()) if (second < oldest) countBySecond.delete(second);
  }

  const follower = follow<Omit<PassingEvent, "id"> & { readonly offset: bigint }>({
    name: "passing events",
    log,
    contact,
    topics: [topics.clicks],
    from: () => "latest",
    decode: passingEvent,
    take(read, { partition }) {
      const events = read.map(({ offset, ...event }): PassingEvent => ({ id: `${partition}-${offset}`, ...event }));
      count(events);
      const newest = events.slice(-recentMax).reverse();
      recent = [...newest, ...recent].sort((a, b) => b.appendedAtMs - a.appendedAtMs).slice(0, recentMax);
    },
    // A lost log is the other services' to report; the page then shows no new events.
    onFailure: () => {},
  });
  await follower.begun;
  return {
    recent: () => recent,
    perSecond() {
      const now = Math.floor(clock() / 1_000);
      return Array.from({ length: seconds }, (_, index) => countBySecond.get(now - seconds + index) ?? 0);
    },
    problem: () => follower.problem,
    stop: () => follower.stop(),
  };
}

function passingEvent({ appendedAtMs, offset, value }: LogRecord) {
  if (value === null) return undefined;
  const event = JSON.parse(value.toString()) as EventEnvelope;
  const first = event.items?.[0];
  const more = (event.items?.length ?? 0) > 1 ? ` and ${(event.items?.length ?? 0) - 1} more` : "";
  const item = first ? `${first.item_name ?? first.item_id}${more}` : (event.search_term ?? event.page_title ?? "");
  return { offset, appendedAtMs, name: event.name, visitorId: event.visitorId, item };
}
