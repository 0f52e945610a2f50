import { type Clock, type Random, uuidv7 } from "@footfall/base";
import type { EventName } from "@footfall/events";
import { createEventQueue } from "./event-queue.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { createNumberer, type EventFields } from "./numberer.ts";
import {
  batchDelayMs,
  createSender,
  type OnReceipts,
  type OnRefused,
  type Schedule,
  type Transport,
} from "./sender.ts";
import type { TabLocks } from "./tab-locks.ts";

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
  readonly onReceipts?: OnReceipts;
  readonly onRefused?: OnRefused;
}

/** Calls kept in memory while consent is open; later ones are dropped. */
export const pendingCallsMax = 50;

/** Events that a page is often left with: they do not wait for company, so their receipt comes before the page ends. */
const leavingEvents: readonly EventName[] = ["select_item", "add_to_cart", "remove_from_cart", "begin_checkout"];

interface PendingCall {
  readonly name: EventName;
  readonly fields: EventFields;
  readonly occurredAtMs: number;
}

/** The tracker without a browser: all it knows of the page comes in by `environment`. */
export function assembleTracker(settings: TrackerSettings, environment: TrackerEnvironment): PageTracker {
  const { store, visitorStore, clock, random } = environment;
  const { key } = settings;
  const newId = () => uuidv7(clock(), random);
  const tabId = newId();
  const queue = createEventQueue({ store, locks: environment.locks, tabId, key });
  const sender = createSender({ ...environment, key, queue });
  const numberer = createNumberer({ store, visitorStore, key, clock, newId });
  let consent = settings.consent;
  let pendingCalls: PendingCall[] = [];
  let userId: string | undefined;
  let letGo: (() => void) | undefined;

  function resume(): void {
    if (consent !== "granted") return;
    if (!letGo) {
      letGo = environment.locks.hold(tabId);
      queue.reload();
    }
    queue.adopt(() => sender.wake(0));
    sender.resume();
  }

  function enqueue({ name, fields, occurredAtMs }: PendingCall): void {
    if (!numberer.number(name, { ...fields, ...(userId && { userId }) }, occurredAtMs, (event) => queue.push(event)))
      return;
    sender.wake(leavingEvents.includes(name) ? 0 : batchDelayMs);
  }

  function forget(): void {
    queue.clear();
    numberer.forget();
  }

  if (consent === "forbidden" || consent === "denied") forget();
  resume();

  return {
    track(name, fields = {}) {
      const call = { name, fields, occurredAtMs: clock() };
      if (consent === "granted") enqueue(call);
      else if (consent === "required" && pendingCalls.length < pendingCallsMax) pendingCalls.push(call);
    },
    flush: () => sender.flush(),
    setConsent(decision) {
      if (consent === "forbidden") return;
      consent = decision;
      const calls = pendingCalls;
      pendingCalls = [];
      if (decision === "denied") return forget();
      resume();
      calls.forEach(enqueue);
    },
    identify(id) {
      userId = id;
    },
    visitorId: () => (consent === "granted" ? numberer.visitorId() : undefined),
    sessionId: () => numberer.sessionId(),
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
