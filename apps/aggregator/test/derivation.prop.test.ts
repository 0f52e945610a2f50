import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventEnvelope } from "@footfall/events";
import type { AggregationLake } from "../src/aggregation-lake.ts";
import { catchUp } from "../src/derive/catch-up.ts";
import { Derivation } from "../src/derive/derivation.ts";
import { addEvents, rowsOf, useLakes } from "./lakes-fixture.ts";
import { envelope, startMs } from "./pipeline-fixture.ts";

const { newTables } = useLakes();

const minute = 60_000;
const hour = 60 * minute;
const farAhead = startMs + 100 * 24 * hour;

/** Sessions as a visitor makes them: steps within the gap, so that some last longer than a day, and a few pauses. */
const aWalk = fc
  .array(fc.oneof({ weight: 40, arbitrary: fc.constantFrom(20, 29, 30) }, fc.constantFrom(1, 31, 300)), {
    minLength: 30,
    maxLength: 120,
    size: "max",
  })
  .map((steps) => {
    let timeMs = startMs;
    return steps.map((step) => (timeMs += step * minute));
  });

const aDelay = fc.oneof(
  { weight: 20, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 90 }),
  fc.integer({ min: 1, max: 2000 }),
);

/**
 * Events of two walks, whose visitors happen to share a session id, and of short sessions between them, in order but
 * for a few that arrive later.
 */
const someArrivals = fc
  .tuple(aWalk, aWalk, fc.array(aDelay, { minLength: 1 }))
  .map(([one, other, delays]) =>
    [
      ...one.map((timeMs) => ({ visitorId: "v1", sessionId: "shared", timeMs })),
      ...other.map((timeMs) => ({ visitorId: "v2", sessionId: "shared", timeMs })),
      ...one
        .filter((_, index) => index % 5 === 0)
        .map((timeMs) => ({ visitorId: "v1", sessionId: `short ${timeMs}`, timeMs })),
    ]
      .map((event, index) => ({ ...event, arrivesMs: event.timeMs + delays[index % delays.length]! * minute }))
      .sort((a, b) => a.arrivesMs - b.arrivesMs),
  );

/**
 * How many events the next commit holds, how far behind them the watermark is, and whether the process dies then.
 * Never so few events that a run takes hundreds of commits: each derives both tables.
 */
const aStep = fc.record({
  events: fc.integer({ min: 8, max: 40 }),
  behindMinutes: fc.integer({ min: 0, max: 120 }),
  dies: fc.constantFrom("no", "before deriving", "after deriving"),
  isDue: fc.boolean(),
  openRowsMax: fc.constantFrom(10, 1e6),
});

/** Of one of few orders, so that most are told of more than once, and now and then in the wrong order. */
function purchaseOf(transaction: string) {
  return { name: "purchase" as const, transaction_id: transaction, items: [{ item_id: "i1", price: 3 }] };
}

async function open(tables: AggregationLake, openRowsMax = 1e6, openSessionsMax = 1e6): Promise<Derivation> {
  const bounds = { openAggregatesMax: 1e6, openSessionsMax, openRowsMax };
  return Derivation.open({ tables, bounds, persist: async (_what, work) => work() }, Number.NEGATIVE_INFINITY);
}

async function take(derivation: Derivation, tables: AggregationLake, events: readonly EventEnvelope[]): Promise<void> {
  for (const event of events) derivation.observe(event);
  derivation.committedAt(await addEvents(tables, events));
}

test("a session that a late event opens again leaves no rows of its shorter self, also where a restart comes first", async () => {
  const [first, late] = [0, 29 * minute].map((ms) => envelope({ occurredAtMs: startMs + ms }));
  const tables = await newTables();
  try {
    const before = await open(tables);
    await take(before, tables, [first!]);
    await before.commitReady(startMs + 31 * minute, true);
    expect((await rowsOf(tables.lake)).sessions).toHaveLength(1);
    await take(before, tables, [late!]);
    await before.commitReady(startMs + 32 * minute, true);
    // It is open again, so the table holds nothing of it (I5).
    expect((await rowsOf(tables.lake)).sessions).toEqual([]);
    const after = await open(tables);
    await after.commitReady(farAhead, true);
    const { sessions } = await rowsOf(tables.lake);
    expect(sessions.map((row) => (row as { position: number }).position)).toEqual([1, 2]);
  } finally {
    await tables.close();
  }
});

test("an event after the watermark that makes a session longer than a day closes its first day at a restart", async () => {
  const long = Array.from({ length: 60 }, (_, i) => envelope({ occurredAtMs: startMs + i * 30 * minute }));
  const tables = await newTables();
  try {
    const before = await open(tables);
    // The short session closes, and takes the table's watermark past midnight.
    await take(before, tables, [envelope({ occurredAtMs: startMs, sessionId: "short" }), ...long.slice(0, 45)]);
    expect(await before.commitReady(long[44]!.occurredAtMs, true)).toMatchObject({ sessions: 1 });
    await take(before, tables, long.slice(45, 55));
    const after = await open(tables);
    await take(after, tables, long.slice(55));
    await after.commitReady(farAhead, true);
    const { sessions } = await rowsOf(tables.lake);
    expect(sessions).toHaveLength(61);
  } finally {
    await tables.close();
  }
});

test("sessions beyond the bound that a restart finds open are closed early, not forgotten", async () => {
  const events = Array.from({ length: 8 }, (_, i) => envelope({ occurredAtMs: startMs + i, sessionId: `s${i}` }));
  const closed = envelope({ occurredAtMs: startMs - 2 * hour, sessionId: "closed" });
  const tables = await newTables();
  try {
    const before = await open(tables);
    await take(before, tables, [closed, ...events]);
    // Gives the table a watermark, before which nothing is open any more.
    expect(await before.commitReady(startMs, true)).toMatchObject({ sessions: 1 });
    const after = await open(tables, 1e6, 2);
    await after.commitReady(farAhead, true);
    const { sessions } = await rowsOf(tables.lake);
    expect(sessions).toHaveLength(9);
  } finally {
    await tables.close();
  }
});

test("a purchase that an earlier one of another hour, told later, makes a repeat no longer counts", async () => {
  const [later, earlier] = [108, 49].map((minutes) =>
    envelope({ occurredAtMs: startMs + minutes * minute, ...purchaseOf("T1") }),
  );
  const tables = await newTables();
  try {
    await addEvents(tables, [later!]);
    await catchUp(tables, startMs + 5 * hour);
    await addEvents(tables, [earlier!]);
    await catchUp(tables, startMs + 5 * hour);
    const { windows } = await rowsOf(tables.lake);
    expect(windows.map((row) => (row as { window_start: number }).window_start)).toEqual([startMs + 49 * minute]);
  } finally {
    await tables.close();
  }
});

test("tables derived across restarts at any moment equal those made in one go (I4, I5)", async () => {
  await fc.assert(
    fc.asyncProperty(someArrivals, fc.array(aStep, { minLength: 1, maxLength: 12 }), async (arrivals, steps) => {
      const events = arrivals.map(({ timeMs, ...ids }, at) =>
        envelope({ ...ids, occurredAtMs: timeMs, ...(at % 7 === 0 && purchaseOf(`T${at % 4}`)) }),
      );
      const [once, restarted] = [await newTables(), await newTables()];
      try {
        await addEvents(once, events);
        await catchUp(once, farAhead);
        let derivation = await open(restarted);
        let taken = 0;
        let watermarkMs = Number.NEGATIVE_INFINITY;
        for (let at = 0; taken < events.length; at += 1) {
          const step = steps[at % steps.length]!;
          const next = events.slice(taken, (taken += step.events));
          await take(derivation, restarted, next);
          const newestMs = Math.max(...next.map((event) => event.occurredAtMs));
          watermarkMs = Math.max(watermarkMs, newestMs - step.behindMinutes * minute);
          if (derivation.isOverturned) {
            await catchUp(restarted, watermarkMs);
            derivation = await open(restarted);
          }
          if (step.dies !== "before deriving") await derivation.commitReady(watermarkMs, step.isDue);
          if (step.dies !== "no") derivation = await open(restarted, step.openRowsMax);
        }
        await derivation.commitReady(farAhead, true);
        expect(await rowsOf(restarted.lake)).toEqual(await rowsOf(once.lake));
      } finally {
        await once.close();
        await restarted.close();
      }
    }),
    // A failure is told with its seed at once: making it smaller takes longer than the test may.
    { numRuns: Number(process.env["FC_RUNS"] ?? 3), endOnFailure: true },
  );
}, 120_000);
