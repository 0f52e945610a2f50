import {
  type ChangeEvent,
  changeRecords,
  type ChangeOperation,
  type Row,
  schemaIdOf,
  type TableSchema,
  unavailableValue,
} from "@footfall/changes";
import { type AppendRecord, type EventLog, type LogBatch } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { temporaryFolder } from "@footfall/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openReplicate, type ReplicatedCounts } from "../src/replicate.ts";
import type { Replica } from "../src/replica.ts";

/** What the contract suite needs of a replica. */
export interface ReplicaBench {
  /** Opens it once more, as after a restart. */
  open(): Replica;
  /** Random histories that it is filled with; fewer for one that is slow. Default 25, or `FC_RUNS`. */
  readonly runs?: number;
  /** All rows of a table, by their key. */
  rows(schema: string, table: string): Promise<readonly Row[]>;
}

const source = { name: "shop", database: "shop", version: "1" };
const table = { schema: "public", table: "products" };
const partitions = 2;
const propertyTimeout = 120_000;

/** The table of the suite. */
export const productsSchema: TableSchema = {
  ...table,
  columns: [
    { name: "id", type: "integer", isNullable: false },
    { name: "note", type: "text", isNullable: true },
    { name: "price", type: "numeric", isNullable: false },
  ],
  primaryKey: ["id"],
};
const schemaId = schemaIdOf(productsSchema);

/** What may be done to a row; `keepNote` is an update of which the source does not send the large column. */
const step = fc.record({
  do: fc.constantFrom("put", "put", "put", "keepNote", "keepNote", "delete", "truncate" as const),
  id: fc.integer({ min: 0, max: 5 }),
  note: fc.string({ unit: "grapheme", maxLength: 5 }),
  /** How many changes before are told again, as by a capture that starts again. */
  again: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface History {
  readonly records: readonly AppendRecord[];
  readonly rows: readonly Row[];
}

function historyOf(steps: readonly Step[]): History {
  const rows = new Map<number, Row>();
  const changes: (readonly AppendRecord[])[] = [];
  const records: AppendRecord[] = [];
  for (const [at, { do: action, id, note, again }] of steps.entries()) {
    const known = rows.get(id);
    const position = { lsn: BigInt(at + 1), index: 0 };
    const change = (operation: ChangeOperation, after: Row | undefined): ChangeEvent => ({
      ...table,
      operation,
      key: operation === "truncate" ? {} : { id },
      before: undefined,
      after,
      position,
      changedAtMs: at,
      capturedAtMs: at,
      schemaId,
    });
    if (action === "truncate") {
      rows.clear();
      changes.push(changeRecords(change("truncate", undefined), source, partitions));
    } else if (action === "delete") {
      rows.delete(id);
      changes.push(changeRecords(change("delete", undefined), source));
    } else {
      const row = { id, note: action === "keepNote" && known ? known["note"]! : note, price: `${at}.50` };
      rows.set(id, row);
      const sent = action === "keepNote" && known ? { ...row, note: unavailableValue } : row;
      changes.push(changeRecords(change(known ? "update" : "create", sent), source));
    }
    records.push(...changes.at(-1)!, ...changes.slice(changes.length - again).flat());
  }
  return { records, rows: [...rows.values()] };
}

/** Brings the topic into the replica, with restarts where `moves` say so. */
async function replicate(
  log: EventLog,
  topic: string,
  replica: Replica,
  moves: readonly number[],
): Promise<Pick<ReplicatedCounts, "changes" | "repeats" | "deadLetters">> {
  const held = [0, 1].map((partition) => ({ topic, partition }));
  const total = { changes: 0, repeats: 0, deadLetters: 0 };
  const onStored = (counts: ReplicatedCounts): void => {
    for (const name of ["changes", "repeats", "deadLetters"] as const) total[name] += counts[name];
  };
  const options = {
    log,
    replica,
    persist: <T>(_: string, work: () => Promise<T>) => work(),
    changesMax: 100,
    onStored,
  };
  for (let turn = 0; ; turn += 1) {
    const state = await openReplicate(options, held);
    const isCut = moves[turn] !== undefined;
    let left = moves[turn] ?? Number.POSITIVE_INFINITY;
    for (const start of state.starts) {
      for await (const batch of log.read({ ...start, startOffset: start.offset })) {
        for (const part of parted(batch)) {
          if (left-- <= 0) break;
          state.take(part);
          if (left % 3 === 0) await state.commit(false);
        }
        if (left < 0) break;
      }
    }
    if (isCut) continue;
    await state.commit(true);
    return total;
  }
}

function parted(batch: LogBatch): LogBatch[] {
  let startOffset = batch.startOffset;
  return batch.records.map((record) => {
    const part = { ...batch, startOffset, records: [record], nextOffset: record.offset + 1n };
    startOffset = record.offset + 1n;
    return part;
  });
}

export function replicaContract(name: string, bench: () => ReplicaBench): void {
  describe(`${name}: replica contract`, () => {
    let log: EventLog;
    let removeFolder: () => Promise<void>;

    beforeEach(async () => {
      const { path, remove } = await temporaryFolder();
      log = await openEmbeddedLog({ folder: path });
      removeFolder = remove;
    });
    afterEach(async () => {
      await log.close();
      await removeFolder();
    });

    it(
      "has the rows of the source, whatever older change is told again and however often it is opened (feast-dev/feast PR 913)",
      async () => {
        const runs = fc.array(fc.nat(8), { maxLength: 4 });
        let topicNumber = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), runs, async (steps, moves) => {
            const { records, rows } = historyOf(steps);
            const topic = `cdc.run${(topicNumber += 1)}`;
            await log.createTopic({ name: topic, partitions });
            await log.append(topic, records);
            const replica = bench().open();
            await replica.reset();
            await replicate(log, topic, replica, moves);
            await replica.close();
            const found = await bench().rows(table.schema, table.table);
            expect(sorted(found)).toEqual(sorted(rows));
          }),
          { numRuns: Number(process.env["FC_RUNS"] ?? bench().runs ?? 25) },
        );
      },
      propertyTimeout,
    );

    const topic = "cdc.public.products";

    it("refuses a writer that has been overtaken, and keeps nothing of what it says", async () => {
      await log.createTopic({ name: topic, partitions });
      await log.append(topic, historyOf([{ do: "put", id: 1, note: "a", again: 0 }]).records);
      const replica = bench().open();
      await replica.reset();
      await replicate(log, topic, replica, []);
      const before = await replica.progress();
      const stale = replica.store([], new Map([[`${topic}-0`, 9n]]), new Map([[`${topic}-0`, 5n]]));
      await expect(stale).rejects.toMatchObject({ code: "REPLICA_WRITER_FENCED" });
      expect(await replica.progress()).toEqual(before);
      await replica.reset();
      expect((await replica.progress()).size).toBe(0);
      expect(await bench().rows(table.schema, table.table)).toEqual([]);
      await replica.close();
    });

    it("sends what cannot be read or ordered away, and goes on", async () => {
      await log.createTopic({ name: topic, partitions });
      const { records, rows } = historyOf([{ do: "put", id: 1, note: "a", again: 0 }]);
      const far = String(records[0]!.value).replace(/"sequence":".*?\]"/, `"sequence":"[\\"${10n ** 19n}\\",\\"0\\"]"`);
      const bad = [
        { key: "x", value: Buffer.from("{") },
        { ...records[0]!, value: Buffer.from(far) },
      ];
      await log.append(topic, [...bad, ...records]);
      const replica = bench().open();
      await replica.reset();
      expect(await replicate(log, topic, replica, [])).toEqual({ changes: 1, repeats: 0, deadLetters: 2 });
      expect(await bench().rows(table.schema, table.table)).toEqual(rows);
      const letters = await log.offsets(`${topic}.dead-letters`);
      expect(letters.reduce((sum, { endOffset }) => sum + endOffset, 0n)).toBe(2n);
      await replica.close();
    });
  });
}

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => Number(a["id"]) - Number(b["id"]));
}
