import { type Random, uuidv7 } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import { Silence } from "./silence.ts";

/** What the senders know at the end: the ground truth that the lake is held against. */
export interface LoadLedger {
  /** Ids of valid events that left at least once. */
  readonly sent: Set<string>;
  /** Ids answered `accepted` or `duplicate`. */
  readonly acknowledged: Set<string>;
  /** Ids of invalid events answered `rejected`. */
  readonly rejected: Set<string>;
  requests: number;
  failedRequests: number;
  /** The longest time without an answered request, in ms. */
  longestSilenceMs: number;
}

export interface ClickLoad {
  readonly ledger: LoadLedger;
  /** Where the senders post from now on; undefined while there is no server. */
  setUrl(url: string | undefined): void;
  /** Lets the requests under way end. */
  stop(): Promise<void>;
}

export interface ClickLoadOptions {
  readonly random: Random;
  readonly senders: number;
  /** Time of the first event; each event lies about a second after the one before. */
  readonly startMs: number;
  /** About so many; as many as are answered unless told. */
  readonly eventsPerSecond?: number;
  /** Key of the pages of another shop: a third of the batches are its, and happen when they are sent. */
  readonly liveKey?: string;
}

/** Whose clicks a batch has: each shop has visitors of its own. */
interface ClickedShop {
  readonly key: string;
  readonly visitorPrefix: string;
  readonly sessionByVisitor: Map<number, string>;
  readonly sentEvents: object[];
  /** Time of the next event, and of what is sent. */
  now(): number;
}

const batchEventsMax = 40;
const visitors = 300;
const items = 200;
const chance = { keepsSession: 0.97, repeats: 0.04, invalid: 0.02, triesAgain: 0.7, live: 1 / 3 } as const;

/**
 * Several clients that post batches as fast as they are answered: new events, now and then one that was acknowledged
 * before, now and then an invalid one. After a failed request most batches are sent again, as trackers do.
 */
export function startClickLoad(options: ClickLoadOptions): ClickLoad {
  const { random, senders, startMs, eventsPerSecond = Number.POSITIVE_INFINITY, liveKey } = options;
  const ledger: LoadLedger = {
    sent: new Set(),
    acknowledged: new Set(),
    rejected: new Set(),
    requests: 0,
    failedRequests: 0,
    longestSilenceMs: 0,
  };
  const silence = new Silence((longestMs) => {
    ledger.longestSilenceMs = longestMs;
  });
  const startedMs = performance.now();
  let eventsMade = 0;
  const waiting = new Set<() => void>();
  let url: string | undefined;
  let isOpen = true;
  let historicMs = startMs;
  const historic = newShop("demo-historic", "v", () => historicMs);
  const live = liveKey === undefined ? undefined : newShop(liveKey, "w", Date.now);

  function newEvent(shop: ClickedShop): { readonly eventId: string; readonly event: object } {
    const { sessionByVisitor, sentEvents, visitorPrefix } = shop;
    eventsMade += 1;
    historicMs += Math.floor(random() * 2_000);
    const timeMs = shop.now();
    const visitor = Math.floor(random() * visitors);
    if (random() > chance.keepsSession || !sessionByVisitor.has(visitor)) {
      sessionByVisitor.set(visitor, `s-${visitor}-${sentEvents.length}`);
    }
    const eventId = uuidv7(timeMs, random);
    const isInvalid = random() < chance.invalid;
    const event = {
      eventId,
      name: isInvalid ? "no_such_event" : (["view_item", "add_to_cart", "purchase"][Math.floor(random() * 3)] ?? ""),
      visitorId: `${visitorPrefix}-${visitor}`,
      sessionId: sessionByVisitor.get(visitor),
      occurredAtMs: timeMs,
      items: [{ item_id: `i-${Math.floor(random() * items)}`, price: Math.floor(random() * 100), quantity: 1 }],
    };
    if (!isInvalid) {
      ledger.sent.add(eventId);
      sentEvents.push(event);
    }
    return { eventId, event };
  }

  function newBatch(shop: ClickedShop): { readonly ids: readonly string[]; readonly events: readonly object[] } {
    const { sentEvents } = shop;
    const fresh = Array.from({ length: 1 + Math.floor(random() * batchEventsMax) }, () => newEvent(shop));
    const repeated = random() < chance.repeats ? sentEvents[Math.floor(random() * sentEvents.length)] : undefined;
    const ids = fresh.map((entry) => entry.eventId);
    const events = fresh.map((entry) => entry.event);
    return repeated ? { ids, events: [...events, repeated] } : { ids, events };
  }

  function note(receipts: readonly EventReceipt[], ids: readonly string[]): void {
    for (const [index, receipt] of receipts.entries()) {
      const id = ids[index] ?? receipt.eventId;
      if (id === null) continue;
      if (receipt.status === "rejected") ledger.rejected.add(id);
      else ledger.acknowledged.add(id);
    }
  }

  async function post({ key, now }: ClickedShop, events: readonly object[], ids: readonly string[]): Promise<boolean> {
    try {
      ledger.requests += 1;
      const body = JSON.stringify({ key, sentAtMs: now(), events });
      const response = await fetch(`${url}/v1/events`, { method: "POST", body });
      if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
      silence.broken();
      note(((await response.json()) as { receipts: EventReceipt[] }).receipts, ids);
      return true;
    } catch {
      ledger.failedRequests += 1;
      return false;
    }
  }

  async function serverUp(): Promise<void> {
    if (url !== undefined || !isOpen) return;
    await new Promise<void>((resolve) => waiting.add(resolve));
  }

  function wakeAll(): void {
    for (const wake of waiting) wake();
    waiting.clear();
  }

  async function send(): Promise<void> {
    while (isOpen) {
      await serverUp();
      if (!isOpen) return;
      const dueMs = startedMs + (eventsMade / eventsPerSecond) * 1000 - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      const shop = live && random() < chance.live ? live : historic;
      const { ids, events } = newBatch(shop);
      let isDone = await post(shop, events, ids);
      while (!isDone && isOpen && random() < chance.triesAgain) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await serverUp();
        isDone = await post(shop, events, ids);
      }
    }
  }

  const running = Array.from({ length: senders }, send);
  return {
    ledger,
    setUrl(next) {
      url = next;
      if (url !== undefined) wakeAll();
    },
    async stop() {
      isOpen = false;
      wakeAll();
      await Promise.all(running);
    },
  };
}

function newShop(key: string, visitorPrefix: string, now: () => number): ClickedShop {
  return { key, visitorPrefix, sessionByVisitor: new Map(), sentEvents: [], now };
}
