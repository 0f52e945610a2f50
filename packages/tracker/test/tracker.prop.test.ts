import { seededRandom } from "@footfall/base";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeTab, type Fate, fakeWorld } from "./fake-world.ts";

/** How a request may end; `storesFirst` is the lost acknowledgement, after which a repeat is unavoidable. */
const fates: readonly Fate[] = [
  {},
  {},
  { takesMs: 400 },
  { answer: { status: 0 } },
  { answer: { status: 0 }, storesFirst: true, takesMs: 3_000 },
  { answer: { status: 200 }, storesFirst: true },
  { answer: { status: 408 } },
  { answer: { status: 401, code: "EVENT_KEY_INVALID" } },
  { answer: { status: 404 } },
  { answer: { status: 429, retryAfter: "2" } },
  { answer: { status: 500 }, storesFirst: true },
  { answer: { status: 503, retryAfter: "5" } },
];

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("track" as const), tab: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("idle" as const), ms: fc.constant(31 * 60_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), tab: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("suspend" as const), tab: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), tab: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resume" as const), tab: fc.nat(2) }) },
);

test("whatever fails and whichever tab dies: no event lost, none stored twice, numbers without gaps", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer(), async (steps, seed) => {
      const world = fakeWorld(seed);
      const chance = seededRandom(seed + 1);
      world.fate = () => fates[Math.floor(chance() * fates.length)] as Fate;
      const tabs: FakeTab[] = [world.openTab(), world.openTab(), world.openTab()];
      let tracked = 0;
      for (const action of steps) {
        if (action.do === "pass" || action.do === "idle") await world.pass(action.ms);
        else if (action.do === "track") {
          tracked += 1;
          tabs[action.tab]!.tracker.track(tracked % 3 === 0 ? "select_item" : "page_view", {
            page_location: String(tracked),
          });
        } else if (action.do === "kill") {
          tabs[action.tab]!.kill();
          tabs[action.tab] = world.openTab();
        } else tabs[action.tab]!.tracker[action.do]();
      }

      world.fate = () => ({});
      for (const tab of tabs) tab.kill();
      world.openTab();
      await world.pass(11 * 60_000);

      const stored = [...world.stored.values()];
      expect(stored.map((event) => Number(event.page_location)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: tracked }, (_, index) => index + 1),
      );
      const numbers = new Map<string, number[]>();
      for (const event of stored) {
        numbers.set(event.sessionId, [...(numbers.get(event.sessionId) ?? []), event.seq as number]);
      }
      for (const seqs of numbers.values()) {
        expect(seqs.sort((a, b) => a - b)).toEqual(seqs.map((_, index) => index + 1));
      }
      expect(world.store.keys().filter((key) => key.startsWith("footfall.q."))).toEqual([]);
    }),
    { numRuns: Number(process.env.FOOTFALL_PROPERTY_RUNS ?? 200) },
  );
});

test("a calm network needs no repeats: every event travels once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2_500), { maxLength: 40 }), async (pauses) => {
      const world = fakeWorld();
      const { tracker } = world.openTab();
      for (const pauseMs of pauses) {
        tracker.track("page_view");
        await world.pass(pauseMs);
      }
      await world.pass(5_000);
      expect(world.requests.flatMap(({ events }) => events)).toHaveLength(pauses.length);
      expect(world.stored.size).toBe(pauses.length);
    }),
  );
});
