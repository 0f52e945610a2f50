import type { ClickEvent } from "@footfall/events";
import { type KeyValueStore, storePrefix } from "./key-value-store.ts";
import type { TabLocks } from "./tab-locks.ts";

/** All queues of an origin together; what does not fit stays in memory only, and past it there the oldest goes. */
export const queueBytesMax = 262_144;
/** The collector's own limit for one event. */
export const eventBytesMax = 65_536;

export interface QueuedEvent {
  readonly id: string;
  readonly json: string;
  readonly sizeBytes: number;
}

/** After their way events leave the queue, may be taken again, or again after all others. */
export type Fate = "done" | "again" | "last";

export interface EventQueue {
  readonly length: number;
  /** Puts an event last and stores it. False when it is larger than any collector takes. */
  push(event: ClickEvent): boolean;
  /** The oldest events that are not on their way, within the bounds. They are on their way until they are settled. */
  take(countMax: number, bytesMax: number): QueuedEvent[];
  /** Ends their way. */
  settle(batch: readonly QueuedEvent[], fate: Fate): void;
  /** Takes over what dead tabs left behind; `onAdopted` is called if that was anything. */
  adopt(onAdopted: () => void): void;
  /** Starts again from what the store holds: another tab may have taken this one for dead while it slept. */
  reload(): void;
  clear(): void;
}

export interface EventQueueOptions {
  readonly store: KeyValueStore;
  readonly locks: TabLocks;
  readonly tabId: string;
  /** Queues of another write key belong to another shop and are left alone. */
  readonly key: string;
}

/**
 * The events of this tab that have no receipt yet, stored under the tab's own key so that tabs never write over one
 * another. An event leaves the store only after its receipt; a repeat is harmless, because its id stays the same.
 */
export function createEventQueue({ store, locks, tabId, key }: EventQueueOptions): EventQueue {
  const prefix = `${storePrefix}q.${key}.`;
  const ownKey = prefix + tabId;
  let events: QueuedEvent[] = [];
  const underWay = new Set<string>();

  const persist = () => storeNewest(store, ownKey, events);

  function takeOver(deadKey: string): boolean {
    const left = readQueue(store.get(deadKey)).filter(({ id }) => !events.some((event) => event.id === id));
    events = left.concat(events);
    store.remove(deadKey);
    events = withinBound(events, underWay);
    persist();
    return left.length > 0;
  }

  return {
    get length() {
      return events.length;
    },
    push(event) {
      const queued = queuedEvent(event);
      if (queued.sizeBytes > eventBytesMax) return false;
      events.push(queued);
      events = withinBound(events, underWay);
      persist();
      return true;
    },
    take(countMax, bytesMax) {
      const batch: QueuedEvent[] = [];
      let sizeBytes = 0;
      for (const event of events) {
        if (underWay.has(event.id)) continue;
        sizeBytes += event.sizeBytes + 1;
        if (batch.length === countMax || (sizeBytes > bytesMax && batch.length > 0)) break;
        batch.push(event);
      }
      for (const event of batch) underWay.add(event.id);
      return batch;
    },
    settle(batch, fate) {
      for (const { id } of batch) underWay.delete(id);
      if (fate === "again") return;
      const ids = new Set(batch.map(({ id }) => id));
      const [settled, others] = [true, false].map((is) => events.filter(({ id }) => ids.has(id) === is));
      events = fate === "last" ? [...others!, ...settled!] : others!;
      persist();
    },
    adopt(onAdopted) {
      for (const other of store.keys()) {
        if (!other.startsWith(prefix) || other === ownKey) continue;
        locks.ifDead(other.slice(prefix.length), () => {
          if (takeOver(other)) onAdopted();
        });
      }
    },
    reload() {
      events = readQueue(store.get(ownKey));
    },
    clear() {
      events = [];
      store.remove(ownKey);
    },
  };
}

/** Stores the newest events that still fit beside the queues of other tabs. */
function storeNewest(store: KeyValueStore, ownKey: string, events: readonly QueuedEvent[]): void {
  let room = queueBytesMax - bytesOfOthers(store, ownKey);
  let from = events.length;
  while (from > 0 && (room -= events[from - 1]!.sizeBytes + 1) >= 0) from -= 1;
  const kept = events.slice(from);
  if (kept.length > 0) store.set(ownKey, `[${kept.map((event) => event.json).join()}]`);
  else store.remove(ownKey);
}

/** Without the oldest events past the bound; those on their way stay. */
function withinBound(events: readonly QueuedEvent[], underWay: ReadonlySet<string>): QueuedEvent[] {
  let total = events.reduce((sum, event) => sum + event.sizeBytes, 0);
  return events.filter((event) => {
    if (total <= queueBytesMax || underWay.has(event.id)) return true;
    total -= event.sizeBytes;
    return false;
  });
}

function queuedEvent(event: ClickEvent): QueuedEvent {
  const json = JSON.stringify(event);
  return { id: event.eventId, json, sizeBytes: utf8BytesMax(json) };
}

/** What a key holds. Anything else that landed there counts as nothing. */
function readQueue(text: string | null): QueuedEvent[] {
  try {
    const events: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(events) ? events.filter((event: ClickEvent | null) => event?.eventId).map(queuedEvent) : [];
  } catch {
    return [];
  }
}

function bytesOfOthers(store: KeyValueStore, ownKey: string): number {
  let sizeBytes = 0;
  for (const key of store.keys()) {
    if (key.startsWith(`${storePrefix}q.`) && key !== ownKey) sizeBytes += utf8BytesMax(store.get(key) ?? "");
  }
  return sizeBytes;
}

/** Upper bound of the length in UTF-8: three bytes a unit past ASCII. */
function utf8BytesMax(text: string): number {
  return text.replace(/[^\0-\x7f]/g, "...").length;
}
