import { type Clock, type Random, uuidv7 } from "@footfall/base";
import type { ClickEvent, EventName, EventReceipt } from "@footfall/events";
import { createEventQueue } from "./event-queue.ts";
import { type KeyValueStore, storePrefix } from "./key-value-store.ts";
import { batchDelayMs, createSender, type Schedule, type Transport } from "./sender.ts";
import { advanceSession, formatSession, readSession } from "./session.ts";
import type { TabLocks } from "./tab-locks.ts";

/** What a shop says about an event; the tracker adds ids, number and time. */
export type EventFields = Omit<
  ClickEvent,
  "eventId" | "name" | "visitorId" | "sessionId" | "seq" | "occurredAtMs" | "userId"
>;

/** What the visitor decided. Until then it is `required`: nothing is stored and nothing leaves the page. */
export type Consent = "granted" | "denied";

export interface Tracker {
  /** Queues an event, stores it, and sends it soon. Without consent nothing happens. */
  track(name: EventName, fields?: EventFields): void;
  /** Sends what is queued now; ends when the queue is empty or a request failed (it is tried again by itself). */
  flush(): Promise<void>;
  /** `denied` also removes everything that the tracker ever stored in this browser. */
  setConsent(consent: Consent): void;
  /** The shop's id of a signed-in customer, for the events that follow on this page; undefined after signing out. */
  identify(userId: string | undefined): void;
  /** The browser's anonymous id; undefined without consent. */
  visitorId(): string | undefined;
  /** The visit of the newest event; undefined before the first one. */
  sessionId(): string | undefined;
}

/** What the page's life needs beyond the shop's own calls. */
export interface PageTracker extends Tracker {
  /** The page goes out of sight and may never come back. */
  leave(): void;
  /** The page is gone, or sleeps in the back/forward cache: other pages may take over its queue. */
  suspend(): void;
  /** The page is in use again. */
  resume(): void;
}

export interface TrackerSettings {
  /** The shop's public write key. */
  readonly key: string;
  /** `required` until the visitor decides; `forbidden` when the browser says so (GPC, DNT), whatever the shop says. */
  readonly consent: Consent | "required" | "forbidden";
}

export interface TrackerEnvironment {
  /** Shared by all tabs of the shop. */
  readonly store: KeyValueStore;
  /** Where the anonymous id lives: the same store, or a cookie. */
  readonly visitorStore: KeyValueStore;
  readonly locks: TabLocks;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly schedule: Schedule;
  /** Told of each answer, so that a page can show what follows from it. */
  readonly onReceipts?: (receipts: readonly EventReceipt[]) => void;
}

/** Calls kept in memory while consent is open; later ones are dropped. */
export const pendingCallsMax = 50;

/** Events that a page is often left with: they do not wait for company, so their receipt comes before the page ends. */
const leavingEvents: readonly EventName[] = ["select_item", "add_to_cart", "remove_from_cart", "begin_checkout"];

/** The tracker without a browser: all it knows of the page comes in by `environment`. */
export function assembleTracker(settings: TrackerSettings, environment: TrackerEnvironment): PageTracker {
  const { store, visitorStore, clock, random } = environment;
  const { key } = settings;
  const newId = () => uuidv7(clock(), random);
  const visitorKey = `${storePrefix}visitor`;
  const sessionKey = `${storePrefix}session.${key}`;
  const tabId = newId();
  const queue = createEventQueue({ store, locks: environment.locks, tabId, key });
  const sender = createSender({ ...environment, key, queue });
  let consent = settings.consent;
  let pendingCalls: { name: EventName; fields: EventFields; occurredAtMs: number }[] = [];
  let userId: string | undefined;
  let letGo: (() => void) | undefined;

  function visitorId(): string | undefined {
    if (consent !== "granted") return undefined;
    const known = visitorStore.get(visitorKey);
    if (known) return known;
    const id = newId();
    visitorStore.set(visitorKey, id);
    return id;
  }

  /** The number is stored after its event: a page that dies in between repeats a number, it never skips one. */
  function enqueue(name: EventName, fields: EventFields, occurredAtMs: number): void {
    const session = advanceSession(readSession(store.get(sessionKey)), clock(), newId);
    const event: ClickEvent = {
      ...fields,
      eventId: newId(),
      name,
      visitorId: visitorId() as string,
      sessionId: session.id,
      seq: session.seq,
      occurredAtMs,
    };
    if (userId) event.userId = userId;
    if (!queue.push(event)) return;
    store.set(sessionKey, formatSession(session));
    sender.wake(leavingEvents.includes(name) ? 0 : batchDelayMs);
  }

  function resume(): void {
    if (consent !== "granted") return;
    if (!letGo) {
      letGo = environment.locks.hold(tabId);
      queue.reload();
    }
    queue.adopt(() => sender.wake(0));
    sender.resume();
  }

  function forget(): void {
    queue.clear();
    visitorStore.remove(visitorKey);
    for (const stored of store.keys()) if (stored.startsWith(storePrefix)) store.remove(stored);
  }

  if (consent === "forbidden" || consent === "denied") forget();
  resume();

  return {
    track(name, fields = {}) {
      if (consent === "granted") enqueue(name, fields, clock());
      else if (consent === "required" && pendingCalls.length < pendingCallsMax) {
        pendingCalls.push({ name, fields, occurredAtMs: clock() });
      }
    },
    flush: () => sender.flush(),
    setConsent(decision) {
      if (consent === "forbidden") return;
      consent = decision;
      const calls = pendingCalls;
      pendingCalls = [];
      if (decision === "denied") return forget();
      resume();
      for (const call of calls) enqueue(call.name, call.fields, call.occurredAtMs);
    },
    identify(id) {
      userId = id;
    },
    visitorId,
    sessionId: () => readSession(store.get(sessionKey))?.id,
    leave: () => sender.leave(),
    suspend() {
      sender.leave();
      sender.pause();
      letGo?.();
      letGo = undefined;
    },
    resume,
  };
}
