import { dateOf } from "@footfall/base";
import { expect, test } from "vitest";
import { ledgerTable } from "@footfall/lake";
import { type AggregationLake, openAggregationLake, withStagedRows } from "../src/aggregation-lake.ts";
import { catchUp } from "../src/derive/catch-up.ts";
import { storedProgress } from "../src/derive/derived-progress.ts";
import { eventRowsSql } from "../src/events/events-sql.ts";
import { deriveLedger } from "../src/ledger/derive-ledger.ts";
import { addEvents, rowsOf, useLakes } from "./lakes-fixture.ts";
import { envelope, openPipeline, startMs } from "./pipeline-fixture.ts";

const { newTables } = useLakes();

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const watermarkMs = startMs + 3 * day;

/** Two visitors whose visits have one id, over some hours; the last after the watermark. */
const events = ["v1", "v2"].flatMap((visitorId) =>
  [0, 2 * minute, 5 * hour, 70 * hour, 80 * hour].map((offsetMs) =>
    envelope({ visitorId, sessionId: "1790000000", occurredAtMs: startMs + offsetMs, items: [{ item_id: visitorId }] }),
  ),
);

/** Fills the derived tables as a program did that took a session id for a session, and stored no rules. */
async function deriveAsBefore({ lake, itemWindows, sessions, ...tables }: AggregationLake): Promise<void> {
  const { version } = await tables.events.snapshot();
  const progress = new Map([
    ["events-version", BigInt(version)],
    ["watermark", BigInt(watermarkMs)],
  ]);
  const date = dateOf(startMs);
  const row = { tenant: "demo", date, item_id: "both", event_name: "view_item", quantity: 1 };
  const windowRow = {
    ...row,
    window_start: startMs,
    window_end: startMs + minute,
    events: 2,
    visitors: 2,
    sessions: 1,
  };
  const sessionRows = [1, 2].map((position) => ({
    ...row,
    visitor_id: "v1",
    session_id: "1790000000",
    session_start: startMs,
    session_end: startMs,
    position,
    occurred_at: startMs,
    event_id: "e",
    price: null,
  }));
  const addWindows = await lake.writeSmall(itemWindows, [{ ...windowRow, revenue: 0 }]);
  await itemWindows.commit({ add: addWindows, progress, operation: "append" });
  await sessions.commit({ add: await lake.writeSmall(sessions, sessionRows), progress, operation: "append" });
}

test.each([2_000_000, 3])(
  "tables that older rules have made are made again, whole, up to where they were (%d rows a step)",
  async (rowsPerStep) => {
    const [anew, old] = [await newTables(), await newTables()];
    try {
      await addEvents(anew, events);
      await catchUp(anew, watermarkMs);
      await addEvents(old, events);
      await deriveAsBefore(old);
      await catchUp(old, Number.NEGATIVE_INFINITY, { rowsPerStep });
      expect(await rowsOf(old.lake)).toEqual(await rowsOf(anew.lake));
      expect((await rowsOf(old.lake)).sessions).toHaveLength(8);
      for (const table of [old.itemWindows, old.sessions]) {
        expect(storedProgress(await table.snapshot())).toMatchObject({ watermarkMs, rules: 2n });
      }
      const { version } = await old.sessions.snapshot();
      await catchUp(old, Number.NEGATIVE_INFINITY);
      expect((await old.sessions.snapshot()).version).toBe(version);
    } finally {
      await anew.close();
      await old.close();
    }
  },
);

test("an aggregator makes them again before it goes on", async () => {
  const pipeline = await openPipeline();
  const anew = await newTables();
  try {
    const tables = await openAggregationLake(pipeline.lake);
    await addEvents(tables, events);
    await deriveAsBefore(tables);
    pipeline.clock.set(watermarkMs + minute);
    const aggregator = await pipeline.start();
    await pipeline.send([envelope({ occurredAtMs: watermarkMs + minute })]);
    await aggregator.caughtUp();
    await aggregator.service.stop();
    await addEvents(anew, events);
    await catchUp(anew, watermarkMs);
    expect(await rowsOf(pipeline.lake)).toEqual(await rowsOf(anew.lake));
  } finally {
    await anew.close();
    await pipeline.close();
  }
});

test("hours of the ledger are measured again: two visitors with one session id lost a number each", async () => {
  const tables = await newTables();
  try {
    const rows = ["v1", "v2"].flatMap((visitorId, visitor) =>
      [1, 3].map((seq, at) => {
        const event = envelope({ visitorId, sessionId: "1790000000", seq, occurredAtMs: startMs + at * minute });
        return { ...event, log_partition: 0, log_offset: visitor * 2 + at };
      }),
    );
    const add = await withStagedRows(tables, rows, (path) =>
      tables.lake.writeBulk(tables.events, { sql: eventRowsSql(path) }),
    );
    const version = await tables.events.commit({ add, progress: new Map([["clicks-0", 4n]]), operation: "append" });
    // As a program had left it that took a session id for a session.
    const ledger = await tables.lake.table(ledgerTable);
    const date = dateOf(startMs);
    const counts = { numbered: 2, missing: 1, sessions: 1, sessions_with_gaps: 1, model_waiting: 4 };
    const before = await tables.lake.writeSmall(ledger, [{ tenant: "demo", date, hour_start: startMs, ...counts }]);
    const progress = new Map([
      ["events-version", BigInt(version)],
      ["watermark", BigInt(startMs + 4 * hour)],
    ]);
    await ledger.commit({ add: before, progress, operation: "append" });
    await deriveLedger({ tables, nowMs: startMs + 5 * hour, modelsFolder: undefined });
    expect(await tables.lake.query("SELECT * FROM ledger")).toMatchObject([
      { hour_start: startMs, events: 4, numbered: 4, missing: 2, sessions: 2, sessions_with_gaps: 2 },
    ]);
  } finally {
    await tables.close();
  }
});
