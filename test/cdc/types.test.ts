import { type ChangeEvent, schemasTopic, unavailableValue } from "@footfall/changes";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CapturedDatabase, openDatabase, openServer, replay } from "./captured-database.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

/** Column type, literal, what the envelope says. */
const values: readonly (readonly [type: string, literal: string, said: unknown])[] = [
  ["int2", "-32768", -32_768],
  ["int4", "2129020000", 2_129_020_000],
  ["int8", "9223372036854775807", 9_223_372_036_854_775_807n],
  ["int8", "42", 42],
  ["bool", "true", true],
  [
    "numeric",
    "12345678901234567890.123456789012345678901234567890",
    "12345678901234567890.123456789012345678901234567890",
  ],
  ["numeric(10,2)", "0.10", "0.10"],
  ["numeric", "0.000000000000000000001234", "0.000000000000000000001234"],
  ["numeric", "'NaN'", "NaN"],
  ["numeric", "'-Infinity'", "-Infinity"],
  ["float8", "0.1", 0.1],
  ["float8", "1e308", 1e308],
  ["float8", "'Infinity'", "Infinity"],
  ["float8", "'NaN'", "NaN"],
  ["float4", "3.4028235e38", 3.402_823_5e38],
  ["text", "E'quote \" back \\\\ line \\n \\u20ac \\U0001F600'", 'quote " back \\ line \n € 😀'],
  ["char(4)", "'ab'", "ab  "],
  ["bytea", "'\\x00ff10'", "AP8Q"],
  ["bytea", "''", ""],
  ["date", "'2026-11-29'", 20_786],
  ["date", "'1969-12-31'", -1],
  ["date", "'0044-03-15 BC'", -735_160],
  ["date", "'infinity'", "infinity"],
  ["time", "'24:00:00'", 86_400_000_000],
  ["time", "'01:02:03.000004'", 3_723_000_004],
  ["timestamp", "'2026-11-29 10:11:12.123456'", 1_795_947_072_123_456],
  ["timestamp", "'-infinity'", "-infinity"],
  ["timestamp", "'294276-12-31 23:59:59.999999'", 9_224_318_015_999_999_999n],
  ["timestamptz", "'2026-11-29 10:11:12.5+02'", "2026-11-29T08:11:12.5Z"],
  ["timestamptz", "'infinity'", "infinity"],
  ["timestamptz", "'0001-01-01 00:00:00+00 BC'", "0000-01-01T00:00:00Z"],
  ["timestamptz", "'12026-01-01 00:00:00+00'", "+012026-01-01T00:00:00Z"],
  ["interval", "'1 year 2 months 3 days 04:05:06.7'", "P1Y2M3DT4H5M6.7S"],
  ["json", `'{"n": 1.10,  "n": 2}'`, '{"n": 1.10,  "n": 2}'],
  ["jsonb", `'{"big": 12345678901234567890.1}'`, '{"big": 12345678901234567890.1}'],
  ["uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ["mood", "'so, \"so\"'", 'so, "so"'],
  ["int4[]", "'{1,NULL,3}'", [1, null, 3]],
  ["int8[]", "'{9007199254740993}'", [9_007_199_254_740_993n]],
  ["text[]", `'{"a,b","NULL",NULL,"q\\"\\\\"," {"}'`, ["a,b", "NULL", null, 'q"\\', " {"]],
  [
    "int4[]",
    "'{{1,2},{3,4}}'",
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["int4[]", "'[0:1]={7,8}'", [7, 8]],
  ["text[]", "'{}'", []],
  ["timestamptz[]", "'{infinity,2026-01-01 00:00:00+00}'", ["infinity", "2026-01-01T00:00:00Z"]],
  ["mood[]", "'{bad}'", ["bad"]],
  ["price", "1.50", "1.50"],
  ["count_of[]", "'{4}'", [4]],
  ["inet", "'10.0.0.1/8'", "10.0.0.1/8"],
  ["int4range", "'[1,5)'", "[1,5)"],
  ["box[]", "'{(1,1),(0,0);(2,2),(1,1)}'", "{(1,1),(0,0);(2,2),(1,1)}"],
  ["money", "12.34", "$12.34"],
  ["point", "'(1.5,2)'", "(1.5,2)"],
  ["text", "null", null],
];

describe.runIf(canRunPostgres())("columns of a captured table", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  // What the server writes by default must not matter.
  beforeAll(
    async () =>
      void (server = await openServer({
        DateStyle: "German",
        TimeZone: "Asia/Tokyo",
        IntervalStyle: "postgres_verbose",
        bytea_output: "escape",
        extra_float_digits: "0",
      })),
  );
  afterAll(() => server?.stop());
  beforeEach(async () => void (shop = await openDatabase(server)));
  afterEach(() => shop.close());

  const columns = values.map(([type], index) => `c${index} ${type}`).join(", ");
  const literals = values.map(([, literal]) => literal).join(", ");
  const said = (change: ChangeEvent | undefined): unknown[] => values.map((_, index) => change?.after?.[`c${index}`]);
  const expected = values.map(([, , value]) => value);
  const withTypes = async (): Promise<void> => {
    await shop.query(`create type mood as enum ('bad', 'so, "so"'); create domain price as numeric(10,2);
      create domain count_of as int4; create table wide (id int primary key, ${columns})`);
  };

  it("have every type exactly, streamed and copied alike (dimitri/pgcopydb#127, #552)", async () => {
    await withTypes();
    await shop.query(`insert into wide values (1, ${literals})`);
    shop.capture("public.wide");
    await shop.caughtUp();
    await shop.query(`insert into wide values (2, ${literals})`);
    await shop.caughtUp();
    const changes = await shop.changes("wide");
    expect(said(changes.find(({ key }) => key["id"] === 1))).toEqual(expected);
    expect(said(changes.find(({ key }) => key["id"] === 2))).toEqual(expected);
    const described = (await shop.records(schemasTopic)).map(
      ({ value }) => JSON.parse(String(value)) as { table: string },
    );
    // One schema, though the table was copied and streamed.
    expect(described.filter(({ table }) => table === "wide")).toHaveLength(1);
  });

  it("say that a large value was not sent, and a deleted row's null is not one", async () => {
    await shop.query("create table docs (id int primary key, title text, body text, note text)");
    await shop.query("alter table docs alter body set storage external");
    shop.capture("public.docs");
    await shop.caughtUp();
    await shop.query("insert into docs values (1, 'a', repeat('x', 9000), null)");
    await shop.query("update docs set title = 'b' where id = 1");
    await shop.query("delete from docs where id = 1");
    await shop.caughtUp();
    const [create, update, remove] = await shop.changes("docs");
    expect(create!.after!["body"]).toHaveLength(9_000);
    expect(update!.after).toEqual({ id: 1, title: "b", body: unavailableValue, note: null });
    expect(remove!.before).toEqual({ id: 1 });
  });

  it("are whole under replica identity full", async () => {
    await shop.query("create table docs (id int primary key, title text, body text)");
    await shop.query("alter table docs replica identity full");
    await shop.query("alter table docs alter body set storage external");
    shop.capture("public.docs");
    await shop.caughtUp();
    await shop.query("insert into docs values (1, 'a', repeat('x', 9000))");
    await shop.query("update docs set title = 'b' where id = 1");
    await shop.query("update docs set id = 2");
    await shop.caughtUp();
    const body = "x".repeat(9_000);
    const changes = await shop.changes("docs");
    expect(changes.find(({ operation }) => operation === "update")).toMatchObject({
      before: { id: 1, title: "a", body },
      after: { id: 1, title: "b", body },
    });
    expect([...replay(changes).values()]).toEqual([{ id: 2, title: "b", body }]);
  });

  it("come along to a changed primary key, large ones too", async () => {
    await shop.query("create table docs (id int primary key, body text)");
    await shop.query("alter table docs alter body set storage external");
    shop.capture("public.docs");
    await shop.query("insert into docs values (1, repeat('x', 9000))");
    await shop.caughtUp();
    await shop.query("update docs set id = 2");
    await shop.caughtUp();
    expect([...replay(await shop.changes("docs")).values()]).toEqual([{ id: 2, body: "x".repeat(9_000) }]);
  });

  it("are left out, not null, where they are generated (airbytehq/airbyte#45338)", async () => {
    await shop.query("create table sums (id int primary key, twice int generated always as (id * 2) stored)");
    await shop.query("insert into sums values (1)");
    shop.capture("public.sums");
    await shop.caughtUp();
    await shop.query("insert into sums values (2)");
    await shop.caughtUp();
    const rows = (await shop.changes("sums")).map(({ after }) => after!);
    expect(rows.map(({ id }) => id).sort()).toEqual([1, 2]);
    for (const row of rows) expect(row).not.toHaveProperty("twice");
  });

  it("follow what is added, dropped and renamed, each row by its schema", async () => {
    await shop.query("create table items (id int primary key, name text, old int)");
    shop.capture("public.items");
    await shop.caughtUp();
    await shop.query("insert into items values (1, 'a', 7)");
    await shop.query("alter table items add column size numeric(6,1) not null default 1.5");
    await shop.query("insert into items values (2, 'b', 8)");
    await shop.query("alter table items drop column old");
    await shop.query("insert into items values (3, 'c')");
    await shop.query("alter table items rename column name to title");
    await shop.query("insert into items values (4, 'd')");
    await shop.query("alter table items alter column size type int using size::int");
    await shop.query("insert into items values (5, 'e', 9)");
    await shop.caughtUp();
    const changes = (await shop.changes("items")).sort((a, b) => Number(a.key["id"]) - Number(b.key["id"]));
    expect(changes.map(({ after }) => after)).toEqual([
      { id: 1, name: "a", old: 7 },
      { id: 2, name: "b", old: 8, size: "1.5" },
      { id: 3, name: "c", size: "1.5" },
      { id: 4, title: "d", size: "1.5" },
      { id: 5, title: "e", size: 9 },
    ]);
    const schemas = new Map(
      (await shop.records(schemasTopic)).map(({ key, value }) => [
        key,
        (JSON.parse(String(value)) as { columns: { name: string; type: string }[] }).columns,
      ]),
    );
    const columnsOf = ({ schemaId }: ChangeEvent): string[] =>
      schemas.get(schemaId!)!.map(({ name, type }) => `${name} ${type}`);
    expect(columnsOf(changes[1]!)).toEqual(["id integer", "name text", "old integer", "size numeric(6,1)"]);
    expect(columnsOf(changes[4]!)).toEqual(["id integer", "title text", "size integer"]);
  });
});
