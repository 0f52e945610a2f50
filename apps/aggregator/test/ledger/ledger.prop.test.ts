import { rm } from "node:fs/promises";
import { join } from "node:path";
import { manualClock } from "@footfall/base";
import type { EventEnvelope } from "@footfall/events";
import { openLake } from "@footfall/lake";
import { temporaryFolder } from "@footfall/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AggregationLake, openAggregationLake, withStagedRows } from "../../src/aggregation-lake.ts";
import { eventRowsSql } from "../../src/events/events-sql.ts";
import { deriveLedger } from "../../src/ledger/derive-ledger.ts";
import { measureTenants } from "../../src/ledger/index.ts";
import { envelope, openPipeline, startMs } from "../pipeline-fixture.ts";

const minute = 60_000;
const hour = 60 * minute;
const numRuns = Number(process.env["FC_RUNS"] ?? 4);

/** Per number of a session: minutes since the one before, whether it is lost, and minutes until it arrives. */
const aSession = fc.array(
  fc.record({
    stepMinutes: fc.constantFrom(0, 1, 20, 29),
    isLost: fc.boolean(),
    delayMinutes: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 300 })),
  }),
  { minLength: 1, maxLength: 30 },
);

type Session = readonly { readonly stepMinutes: number; readonly isLost: boolean; readonly delayMinutes: number }[];

interface Arrival {
  readonly event: EventEnvelope;
  readonly arrivesMs: number;
}

function arrivalsOf(sessions: readonly Session[]): Arrival[] {
  const arrivals: Arrival[] = [];
  for (const [index, session] of sessions.entries()) {
    let occurredAtMs = startMs + index * 17 * minute;
    for (const [at, { stepMinutes, isLost, delayMinutes }] of session.entries()) {
      occurredAtMs += stepMinutes * minute;
      if (isLost) continue;
      const arrivesMs = occurredAtMs + delayMinutes * minute;
      // Two visitors share each session id.
      const ids = { visitorId: `v${index % 2}`, sessionId: `session ${Math.floor(index / 2)}` };
      arrivals.push({ arrivesMs, event: envelope({ occurredAtMs, receivedAtMs: arrivesMs, ...ids, seq: at + 1 }) });
    }
  }
  return arrivals.sort((a, b) => a.arrivesMs - b.arrivesMs);
}

async function ledgerRows(tables: AggregationLake): Promise<readonly { readonly missing: number }[]> {
  return tables.lake.query("SELECT * EXCLUDE (derived_at) FROM ledger ORDER BY tenant, hour_start");
}

test("the ledger made hour by hour equals the one made in one go, and counts what a model counts (I5)", async () => {
  const someSessions = fc.array(aSession, { minLength: 1, maxLength: 4 });
  const someSteps = fc.array(fc.record({ events: fc.integer({ min: 1, max: 12 }), derives: fc.boolean() }), {
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(someSessions, someSteps, async (sessions, steps) => {
      const folder = await temporaryFolder();
      const clock = manualClock(startMs);
      const open = () => openLake({ root: folder.path, clock: clock.now, threads: 1 });
      let lake = await open();
      try {
        let tables = await openAggregationLake(lake);
        const arrivals = arrivalsOf(sessions);
        for (let taken = 0, at = 0; taken < arrivals.length; at += 1) {
          const step = steps[at % steps.length]!;
          const part = arrivals.slice(taken, taken + step.events);
          clock.set(part.at(-1)!.arrivesMs);
          await take(tables, part, taken);
          taken += part.length;
          if (step.derives) await deriveLedger({ tables, nowMs: clock.now(), modelsFolder: undefined });
        }
        const nowMs = clock.now() + 2 * hour;
        await deriveLedger({ tables, nowMs, modelsFolder: undefined });
        const rows = await ledgerRows(tables);
        await lake.close();
        await rm(join(folder.path, "ledger"), { recursive: true });
        lake = await open();
        tables = await openAggregationLake(lake);
        await deriveLedger({ tables, nowMs, modelsFolder: undefined });
        expect(rows).toEqual(await ledgerRows(tables));
        expect(rows.reduce((sum, row) => sum + row.missing, 0)).toBe(modelMissing(arrivals));
      } finally {
        await lake.close();
        await folder.remove();
      }
    }),
    { numRuns, endOnFailure: true },
  );
}, 120_000);

async function take(tables: AggregationLake, arrivals: readonly Arrival[], offset: number): Promise<void> {
  const rows = arrivals.map(({ event }, index) => ({ ...event, log_partition: 0, log_offset: offset + index }));
  const add = await withStagedRows(tables, rows, (path) =>
    tables.lake.writeBulk(tables.events, { sql: eventRowsSql(path) }),
  );
  const progress = new Map([["clicks-0", BigInt(offset + rows.length)]]);
  await tables.events.commit({ add, progress, operation: "append" });
}

/** Σ over sessions of max(seq) - count(distinct seq). */
function modelMissing(arrivals: readonly Arrival[]): number {
  const numbers = new Map<string, Set<number>>();
  for (const { event } of arrivals) {
    const key = `${event.visitorId} ${event.sessionId}`;
    const known = numbers.get(key) ?? new Set();
    numbers.set(key, known.add(event.seq!));
  }
  return [...numbers.values()].reduce((sum, known) => sum + Math.max(...known) - known.size, 0);
}

test("every record that was sent is stored or counted as a repeat, wherever the aggregator was restarted (I2)", async () => {
  const someParts = fc.array(
    fc.record({
      picks: fc.array(fc.nat({ max: 14 }), { minLength: 1, maxLength: 40 }),
      unreadable: fc.nat({ max: 2 }),
      restarts: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(someParts, async (parts) => {
      const pipeline = await openPipeline();
      const events = Array.from({ length: 15 }, (_, n) =>
        envelope({
          occurredAtMs: startMs + n,
          tenant: n % 3 === 0 ? "other" : "demo",
          visitorId: `v${n % 4}`,
          seq: n + 1,
        }),
      );
      try {
        let aggregator = await pipeline.start();
        const sent = new Map<number, number>();
        for (const { picks, unreadable, restarts } of parts) {
          for (const pick of picks) sent.set(pick, (sent.get(pick) ?? 0) + 1);
          await pipeline.send([...picks.map((pick) => events[pick]!), ...Array<string>(unreadable).fill("{")]);
          if (restarts) {
            await aggregator.service.stop();
            aggregator = await pipeline.start();
          }
        }
        await aggregator.caughtUp();
        const range = { startMs: startMs - hour, endMs: startMs + hour, judgedUntilMs: Infinity };
        const { rows, records } = await measureTenants(pipeline.lake, { ...range, modelsFolder: "/nowhere" });
        const repeatsOf = (isOther: boolean) =>
          [...sent].reduce((sum, [pick, count]) => sum + ((pick % 3 === 0) === isOther ? count - 1 : 0), 0);
        const measured = (tenant: string) => rows.find((row) => row.tenant === tenant)?.repeats ?? 0;
        expect([measured("demo"), measured("other")]).toEqual([repeatsOf(false), repeatsOf(true)]);
        const unreadable = parts.reduce((sum, part) => sum + part.unreadable, 0);
        const total = [...sent.values()].reduce((sum, count) => sum + count, unreadable);
        expect(records).toMatchObject({ records: total, stored: sent.size, unreadable, unaccounted: 0 });
      } finally {
        await pipeline.close();
      }
    }),
    { numRuns, endOnFailure: true },
  );
}, 120_000);
