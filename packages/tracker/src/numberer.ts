import type { Clock } from "@footfall/base";
import type { ClickEvent, EventName } from "@footfall/events";
import { type KeyValueStore, storePrefix } from "./key-value-store.ts";
import { advanceSession, formatSession, readSession } from "./session.ts";

/** What a shop says about an event; the tracker adds ids, number and time. */
export type EventFields = Omit<
  ClickEvent,
  "eventId" | "name" | "visitorId" | "sessionId" | "seq" | "occurredAtMs" | "userId"
>;

export interface Numberer {
  /**
   * Makes the event with ids and its number in the session, and hands it to `keep`. False when `keep` refused it: then
   * the number is still free. The number is stored after its event, so that a page that dies in between repeats a
   * number and never skips one; two tabs that write in the same instant may repeat one too.
   */
  number(
    name: EventName,
    fields: EventFields & { userId?: string },
    occurredAtMs: number,
    keep: (event: ClickEvent) => boolean,
  ): boolean;
  /** Made when first asked for. */
  visitorId(): string;
  sessionId(): string | undefined;
  /** Removes every trace of the visitor, whichever key or tab left it. */
  forget(): void;
}

export interface NumbererOptions {
  readonly store: KeyValueStore;
  readonly visitorStore: KeyValueStore;
  readonly key: string;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** Gives events their visitor, their session and their place in it. */
export function createNumberer({ store, visitorStore, key, clock, newId }: NumbererOptions): Numberer {
  const visitorKey = `${storePrefix}visitor`;
  const sessionKey = `${storePrefix}session.${key}`;

  function visitorId(): string {
    const id = visitorStore.get(visitorKey) || newId();
    visitorStore.set(visitorKey, id);
    return id;
  }

  return {
    number(name, fields, occurredAtMs, keep) {
      const session = advanceSession(readSession(store.get(sessionKey)), clock(), newId);
      const ids = { eventId: newId(), visitorId: visitorId(), sessionId: session.id, seq: session.seq };
      const isKept = keep({ ...fields, ...ids, name, occurredAtMs });
      if (isKept) store.set(sessionKey, formatSession(session));
      return isKept;
    },
    visitorId,
    sessionId: () => readSession(store.get(sessionKey))?.id,
    forget() {
      visitorStore.remove(visitorKey);
      for (const stored of store.keys()) if (stored.startsWith(storePrefix)) store.remove(stored);
    },
  };
}
