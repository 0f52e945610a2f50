import { type ManualClock, manualClock, type Random, seededRandom } from "@footfall/base";
import type { ClickEvent, EventReceipt } from "@footfall/events";
import {
  assembleTracker,
  type KeyValueStore,
  memoryStore,
  type PageTracker,
  type TabLocks,
  type TrackerSettings,
  type Transport,
  type TransportAnswer,
} from "../src/index.ts";

/** One browser with its storage, its time, its tabs and a collector that can be told to fail. */
export interface FakeWorld {
  readonly clock: ManualClock;
  readonly store: KeyValueStore;
  /** Every request that reached the collector, parsed. */
  readonly requests: { key: string; sentAtMs: number; events: ClickEvent[] }[];
  /** What the collector holds, by event id. */
  readonly stored: Map<string, ClickEvent>;
  /** Answers that were told as a refusal of the whole shop. */
  readonly refusals: TransportAnswer[];
  /** Decides the fate of the next requests: an answer instead of receipts; `after` it stored the events or before. */
  fate: (events: readonly ClickEvent[]) => Fate;
  openTab(settings?: Partial<TrackerSettings>): FakeTab;
  /** Runs timers and answers until this much time has passed. */
  pass(durationMs: number): Promise<void>;
}

export type Fate = { answer?: TransportAnswer; storesFirst?: boolean; takesMs?: number };

export interface FakeTab {
  readonly tracker: PageTracker;
  /** The tab ends at once, without any event of the page's life. */
  kill(): void;
}

export const startMs = Date.UTC(2026, 0, 5, 12);

export function fakeWorld(seed = 1, random: Random = seededRandom(seed)): FakeWorld {
  const clock = manualClock(startMs);
  const timers = new Set<{ atMs: number; run: () => void }>();
  const held = new Set<string>();
  const locks: TabLocks = {
    hold(tabId) {
      held.add(tabId);
      return () => held.delete(tabId);
    },
    ifDead: (tabId, takeOver) => void (held.has(tabId) || takeOver()),
  };
  const at = (delayMs: number, run: () => void) => {
    const timer = { atMs: clock.now() + delayMs, run };
    timers.add(timer);
    return timer;
  };

  const world: FakeWorld = {
    clock,
    store: memoryStore(),
    requests: [],
    stored: new Map(),
    refusals: [],
    fate: () => ({}),
    openTab(settings) {
      let isAlive = true;
      let tabId: string | undefined;
      const tabLocks: TabLocks = {
        hold(id) {
          tabId = id;
          return locks.hold(id);
        },
        ifDead: (id, takeOver) => locks.ifDead(id, takeOver),
      };
      const transport: Transport = (body) => {
        const fate = world.fate((JSON.parse(body) as { events: ClickEvent[] }).events);
        if (fate.answer === undefined || fate.storesFirst) collect(world, body);
        return new Promise((resolve) =>
          at(fate.takesMs ?? 5, () => isAlive && resolve(fate.answer ?? answerTo(body, 200))),
        );
      };
      const tracker = assembleTracker(
        { key: "k", consent: "granted", ...settings },
        {
          store: world.store,
          visitorStore: world.store,
          locks: tabLocks,
          transport,
          clock: clock.now,
          random,
          onRefused: (answer) => world.refusals.push(answer),
          schedule(run, delayMs) {
            const timer = at(delayMs, () => isAlive && run());
            return () => timers.delete(timer);
          },
        },
      );
      return {
        tracker,
        kill() {
          isAlive = false;
          if (tabId) held.delete(tabId);
        },
      };
    },
    async pass(durationMs) {
      const endMs = clock.now() + durationMs;
      for (;;) {
        await settlePromises();
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > endMs) break;
        timers.delete(next);
        clock.set(Math.max(clock.now(), next.atMs));
        next.run();
      }
      clock.set(endMs);
    },
  };
  return world;
}

function collect(world: FakeWorld, body: string): void {
  const request = JSON.parse(body) as FakeWorld["requests"][number];
  world.requests.push(request);
  for (const event of request.events) world.stored.set(event.eventId, event);
}

function answerTo(body: string, status: number): TransportAnswer {
  const { events } = JSON.parse(body) as { events: ClickEvent[] };
  return { status, receipts: events.map(({ eventId }): EventReceipt => ({ eventId, status: "accepted" })) };
}

async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
