import { partitionOfKey } from "@footfall/log";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChangeEvent, type ChangePosition, comparePositions, type Row } from "../src/change-event.ts";
import { readChange } from "../src/read-change.ts";
import { changeRecords } from "../src/write-change.ts";

const source = { name: "shop", database: "shop", version: "1" };

function read(record: { key: string | null; value: Uint8Array | null; headers?: ReadonlyMap<string, Uint8Array> }) {
  return readChange({ ...record, value: record.value === null ? null : Buffer.from(record.value) });
}

function debezium(payload: object, schema?: object, key: object = { id: 1 }) {
  const value = schema === undefined ? payload : { schema, payload };
  return read({ key: JSON.stringify(key), value: Buffer.from(JSON.stringify(value)) });
}

const cell = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.constant(null),
);
const row: fc.Arbitrary<Row> = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__"),
  cell,
  { minKeys: 1, maxKeys: 5 },
);

describe("a change", () => {
  it("is read as it was written", () => {
    const change = fc.record({
      schema: fc.constant("public"),
      table: fc.string({ minLength: 1, maxLength: 20 }),
      operation: fc.constantFrom("create", "update", "read", "delete" as const),
      key: row,
      position: fc.record({ lsn: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), index: fc.nat() }),
      changedAtMs: fc.nat(),
      capturedAtMs: fc.nat(),
      before: fc.option(row, { nil: undefined }),
      after: row,
      transaction: fc.record({ id: fc.nat().map((id) => `${id}:7`), totalOrder: fc.nat(), tableOrder: fc.nat() }),
      schemaId: fc.stringMatching(/^[0-9a-f]{16}$/),
    });
    fc.assert(
      fc.property(change, (generated) => {
        const written: ChangeEvent = generated.operation === "delete" ? { ...generated, after: undefined } : generated;
        const [record, tombstone] = changeRecords(written, source);
        expect(read(record!)).toEqual({ is: "change", change: written });
        expect(tombstone).toEqual(written.operation === "delete" ? { key: record!.key, value: null } : undefined);
        if (tombstone !== undefined) expect(read(tombstone)).toEqual({ is: "tombstone" });
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 200) },
    );
  });

  it("that empties a table is told in each partition", () => {
    const change: ChangeEvent = {
      schema: "public",
      table: "products",
      operation: "truncate",
      key: {},
      before: undefined,
      after: undefined,
      position: { lsn: 5n, index: 0 },
      changedAtMs: 1,
      capturedAtMs: 2,
    };
    const records = changeRecords(change, source, 7);
    expect(records.map(({ key }) => partitionOfKey(key!, 7))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const record of records) expect(read(record)).toEqual({ is: "change", change });
  });

  const bare = {
    before: null,
    after: { id: 1, price: "AfY=" },
    source: {
      connector: "postgresql",
      schema: "public",
      table: "products",
      ts_ms: 5,
      lsn: 42,
      sequence: '["40","42"]',
    },
    op: "u",
    ts_ms: 7,
    transaction: null,
  };

  it("of Debezium is read, its decimals by the schema beside it", () => {
    const field = (name: string) => ({
      field: name,
      type: "struct",
      fields: [
        { field: "id", type: "int32" },
        {
          field: "price",
          type: "bytes",
          name: "org.apache.kafka.connect.data.Decimal",
          parameters: { scale: "2" },
        },
      ],
    });
    const schema = { type: "struct", fields: [field("before"), field("after")] };
    const found = debezium(bare, schema, { schema: { type: "struct" }, payload: { id: 1 } });
    expect(found).toMatchObject({
      is: "change",
      change: {
        operation: "update",
        key: { id: 1 },
        after: { id: 1, price: "5.02" },
        position: { lsn: 40n, index: 42 },
      },
    });
    const negative = { ...bare, after: { id: 1, price: Buffer.from([0xff]).toString("base64") } };
    expect(debezium(negative, schema)).toMatchObject({ change: { after: { price: "-0.01" } } });
  });

  it("of Debezium without a schema keeps its values", () => {
    expect(debezium(bare)).toMatchObject({ change: { after: { price: "AfY=" }, changedAtMs: 5, capturedAtMs: 7 } });
  });

  it("of Debezium has a place that grows with the stream, though transactions overlap", () => {
    const place = (sequence: string | null, lsn = 9) => {
      const found = debezium({ ...bare, source: { ...bare.source, sequence, lsn } });
      return found.is === "change" ? found.change.position : found;
    };
    // A transaction that began later was committed first.
    const told = [place('[null,"20"]'), place('["50","45"]'), place('["60","30"]'), place('["60","62"]')];
    expect(told.toSorted((a, b) => comparePositions(a as ChangePosition, b as ChangePosition))).toEqual(told);
    expect(place(null)).toEqual({ lsn: 0n, index: 9 });
  });

  it("that cannot be read says why", () => {
    const reasonOf = (found: ReturnType<typeof read>) => (found.is === "unreadable" ? found.reason : found.is);
    expect(reasonOf(read({ key: null, value: Buffer.from("{") }))).toMatch(/^no JSON/);
    expect(reasonOf(debezium({ ...bare, op: "x" }))).toMatch(/\/op/);
    expect(reasonOf(debezium({ id: 1, __deleted: "false" }))).toMatch(/\/source/);
    expect(reasonOf(debezium({ ...bare, source: { ...bare.source, lsn: null, sequence: null } }))).toMatch(/lsn/);
    expect(reasonOf(read({ key: '"7"', value: Buffer.from(JSON.stringify(bare)) }))).toMatch(/primary key/);
  });

  it("at a position out of range is unreadable: after it all others would be repeats", () => {
    const at = (place: object) => debezium({ ...bare, source: { ...bare.source, ...place } });
    const highest = { lsn: 2n ** 63n - 1n, index: Number.MAX_SAFE_INTEGER };
    expect(at({ sequence: `["${highest.lsn}","${highest.index}"]` })).toMatchObject({ change: { position: highest } });
    for (const connector of ["footfall", "postgresql"]) {
      const refused = [
        [`["${highest.lsn + 1n}","0"]`, /past 64 bits/],
        [`["${"9".repeat(5_000)}","0"]`, /sequence \["9{58}… is no pair of positions/],
        [`["1","${2n ** 53n}"]`, /not from 0 to/],
        ['["-1","0"]', /no pair of positions/],
        ['["1","-1"]', /no pair of positions/],
        ["40", /no pair of positions/],
      ] as const;
      for (const [sequence, reason] of refused) {
        const found = at({ connector, sequence });
        expect(found).toEqual({ is: "unreadable", reason: expect.stringMatching(reason) as unknown });
      }
    }
    for (const lsn of [-1, 2 ** 53]) {
      expect(at({ sequence: null, lsn })).toMatchObject({
        is: "unreadable",
        reason: expect.stringMatching(/not from 0/),
      });
    }
  });
});
