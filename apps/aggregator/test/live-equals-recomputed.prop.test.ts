import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventEnvelope } from "@footfall/events";
import { itemInteractionNames } from "@footfall/lake";
import { itemWindows, type OrderEvent, OrderLines, SessionWindows, TumblingWindows } from "@footfall/windows";
import { filesSql } from "../src/aggregation-lake.ts";
import { commitItemWindows } from "../src/derive/commit-item-windows.ts";
import { commitSessions } from "../src/derive/commit-sessions.ts";
import { withRowsSql } from "../src/aggregation-lake.ts";
import { stagedSessionRowsSql } from "../src/derive/sessions-sql.ts";
import { catchUp } from "../src/derive/catch-up.ts";
import { addEvents, rowsOf, useLakes } from "./lakes-fixture.ts";
import { envelope, startMs } from "./pipeline-fixture.ts";

const { newTables } = useLakes();

const minute = 60_000;
const hour = 60 * minute;
const nothing = { eventsVersion: -1, watermarkMs: Number.NEGATIVE_INFINITY };
const farAhead = startMs + 100 * 24 * hour;

const anItem = fc.record(
  {
    item_id: fc.constantFrom("i1", "i2", "ü'\"3"),
    price: fc.oneof(fc.double({ min: -50, max: 1000, noNaN: true }), fc.constantFrom(0.1, 0.2, 19.99)),
    quantity: fc.integer({ min: 0, max: 9 }),
  },
  { requiredKeys: ["item_id"] },
);

/**
 * Steps between events of seconds, of about the gap, and of hours, so that runs end, join and get longer than a day.
 */
const anEvent = fc.record({
  session: fc.constantFrom("s1", "s2"),
  visitor: fc.constantFrom("v1", "v2"),
  tenant: fc.constantFrom("demo", "other"),
  name: fc.constantFrom("view_item", "purchase", "view_item_list", "page_view"),
  offsetMs: fc.oneof(
    fc.integer({ min: 0, max: 3 * minute }),
    fc.integer({ min: 0, max: 200 }).map((step) => step * 30 * minute),
    fc.integer({ min: 0, max: 200 }).map((step) => step * 30 * minute + 1),
    fc.integer({ min: 0, max: 100 * hour }),
  ),
  items: fc.option(fc.array(anItem, { maxLength: 4 }), { nil: undefined }),
  transaction: fc.option(fc.constantFrom("T1", "T2"), { nil: undefined }),
  isBot: fc.constantFrom(false, false, false, true),
});

const someEvents = fc.array(anEvent, { minLength: 1, maxLength: 60 }).map((events) =>
  events.map(({ session, visitor, tenant, name, offsetMs, items, transaction, isBot }) =>
    envelope({
      occurredAtMs: startMs + offsetMs,
      sessionId: session,
      visitorId: visitor,
      tenant,
      name: name as "view_item",
      ...(items ? { items } : { items: [] }),
      ...(transaction !== undefined && { transaction_id: transaction }),
      ...(isBot && { isBot }),
    }),
  ),
);

/** People's events, with the order lines that count. */
function counted(all: readonly EventEnvelope[]): OrderEvent[] {
  const lines = new OrderLines(1_000);
  const events = all.filter((event) => !event.isBot);
  const inOrder = events.toSorted((a, b) => a.occurredAtMs - b.occurredAtMs || (a.eventId < b.eventId ? -1 : 1));
  const byId = new Map(inOrder.map((event) => [event.eventId, lines.observe<OrderEvent>(event).event]));
  return events.map((event) => byId.get(event.eventId)!);
}

function liveRows(events: readonly EventEnvelope[], watermarkMs: number) {
  const windows = new TumblingWindows(itemWindows, { watermarkMs: Number.NEGATIVE_INFINITY, openAggregatesMax: 1e6 });
  const sessions = new SessionWindows({
    watermarkMs: Number.NEGATIVE_INFINITY,
    interactionNames: new Set(itemInteractionNames),
    openRowsMax: 1e6,
    openSessionsMax: 1e6,
  });
  for (const event of counted(events)) {
    windows.observe(event);
    sessions.observe(event);
  }
  return { windows: windows.closeReady(watermarkMs), sessions: sessions.closeReady(watermarkMs).rows };
}

test("rows closed in memory, in any order, are the rows that SQL makes from events (I5)", async () => {
  await fc.assert(
    fc.asyncProperty(someEvents, fc.integer({ min: 0, max: 120 }), async (events, afterHours) => {
      const watermarkMs = afterHours > 100 ? farAhead : startMs + afterHours * hour;
      const tables = await newTables();
      const live = await newTables();
      try {
        await addEvents(tables, events);
        await catchUp(tables, watermarkMs);
        const { windows, sessions } = liveRows(events, watermarkMs);
        const to = { eventsVersion: 0, watermarkMs };
        await commitItemWindows(live, { rows: windows, minutesSql: undefined, from: nothing, to });
        await withRowsSql(live, sessions, {
          readSql: stagedSessionRowsSql,
          use: (closedSql) => commitSessions(live, { closedSql, spansSql: undefined, from: nothing, to }),
        });
        expect(await rowsOf(live.lake)).toEqual(await rowsOf(tables.lake));
      } finally {
        await tables.close();
        await live.close();
      }
    }),
    { numRuns: Number(process.env["FC_RUNS"] ?? 8) },
  );
}, 120_000);

test("adding events in any split and catching up after each gives the rows of doing it once", async () => {
  await fc.assert(
    fc.asyncProperty(
      someEvents,
      fc.integer({ min: 0, max: 60 }),
      fc.nat(100),
      fc.nat(3),
      async (events, cut, hours, spansMax) => {
        const [once, twice] = [await newTables(), await newTables()];
        try {
          await addEvents(once, events);
          await catchUp(once, farAhead);
          const first = events.slice(0, cut);
          const second = events.slice(cut);
          if (first.length > 0) await addEvents(twice, first);
          await catchUp(twice, startMs + hours * hour, { rowsPerStep: 5, spansMax });
          if (second.length > 0) await addEvents(twice, second);
          await catchUp(twice, startMs + hours * hour);
          await catchUp(twice, farAhead, { rowsPerStep: 5, spansMax });
          await catchUp(twice, farAhead);
          expect(await rowsOf(twice.lake)).toEqual(await rowsOf(once.lake));
        } finally {
          await once.close();
          await twice.close();
        }
      },
    ),
    { numRuns: Number(process.env["FC_RUNS"] ?? 5) },
  );
}, 120_000);

test("the files that a query reads are those it was given", async () => {
  const tables = await newTables();
  await addEvents(tables, [envelope({ occurredAtMs: startMs })]);
  const snapshot = await tables.events.snapshot();
  expect(await tables.lake.query(filesSql(tables.events, snapshot, snapshot.files))).toHaveLength(1);
  expect(await tables.lake.query(filesSql(tables.events, snapshot, []))).toHaveLength(0);
  await tables.close();
});

test("events that make a session longer than a day close a day of it that ended before the watermark", async () => {
  const midnight = Math.ceil(startMs / (24 * hour)) * 24 * hour;
  const run = Array.from({ length: 60 }, (_, step) =>
    envelope({ occurredAtMs: midnight - 20 * minute + step * 30 * minute }),
  );
  const [once, twice] = [await newTables(), await newTables()];
  try {
    await addEvents(once, run);
    await catchUp(once, farAhead);
    await addEvents(twice, run.slice(0, 2));
    await catchUp(twice, midnight + 30 * minute);
    await addEvents(twice, run.slice(2));
    await catchUp(twice, farAhead);
    const { sessions } = await rowsOf(twice.lake);
    expect(sessions).toHaveLength(run.length);
    expect(sessions).toEqual((await rowsOf(once.lake)).sessions);
  } finally {
    await once.close();
    await twice.close();
  }
}, 60_000);
