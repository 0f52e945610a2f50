import fc from "fast-check";
import { errorCodeOf } from "@footfall/base";
import { expect, it } from "vitest";
import { compact, type DataFile, type Lake, type LakeTable, type TableSchema } from "../src/index.ts";
import { testLake } from "./lake-fixture.ts";

const numbers: TableSchema = {
  name: "numbers",
  columns: [{ name: "id", type: "long", description: "Unique." }],
  partitionColumns: [{ name: "bucket", type: "string", description: "Any." }],
};

type Step =
  | { readonly kind: "append"; readonly who: 0 | 1; readonly bucket: string; readonly count: number }
  | { readonly kind: "replace"; readonly who: 0 | 1; readonly victim: number }
  | { readonly kind: "compact"; readonly who: 0 | 1 }
  | { readonly kind: "query"; readonly who: 0 | 1 };

const who = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      who,
      bucket: fc.constantFrom("a", "b"),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("replace" as const), who, victim: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("query" as const), who }) },
);

interface Side {
  readonly lake: Lake;
  readonly table: LakeTable;
  progress: bigint;
}

it(
  "two instances that append, replace and compact at the same time lose and double nothing",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        async (rounds) => {
          const { lake, open } = await testLake();
          const sides: Side[] = [];
          for (const each of [lake, await open()])
            sides.push({ lake: each, table: await each.table(numbers), progress: 0n });
          /** The ids that the table must hold, and those of them that a file holds. */
          const model = new Set<number>();
          const idsOf = new Map<string, readonly number[]>();
          let nextId = 0;

          const write = async (side: Side, bucket: string, ids: readonly number[]): Promise<readonly DataFile[]> => {
            const files = await side.lake.writeSmall(
              side.table,
              ids.map((id) => ({ id, bucket })),
            );
            for (const file of files) idsOf.set(file.path, ids);
            return files;
          };
          const run = async (one: Step): Promise<void> => {
            const side = sides[one.who] as Side;
            if (one.kind === "append") {
              const ids = Array.from({ length: one.count }, () => nextId++);
              const before = side.progress;
              side.progress += BigInt(one.count);
              const key = `side-${one.who}`;
              await side.table.commit({
                add: await write(side, one.bucket, ids),
                progress: new Map([[key, before + BigInt(one.count)]]),
                expectedProgress: new Map([[key, before === 0n ? undefined : before]]),
                operation: "append",
              });
              for (const id of ids) model.add(id);
            } else if (one.kind === "replace") {
              const { files } = await side.table.snapshot();
              const victim = files[one.victim % Math.max(1, files.length)];
              const old = victim === undefined ? undefined : idsOf.get(victim.path);
              if (victim === undefined || old === undefined) return;
              const ids = old.map(() => nextId++);
              try {
                const add = await write(side, victim.partition["bucket"] ?? "", ids);
                await side.table.commit({ add, remove: [victim], operation: "upsert" });
                for (const id of old) model.delete(id);
                for (const id of ids) model.add(id);
              } catch (error) {
                expect(errorCodeOf(error)).toBe("LAKE_COMMIT_CONFLICT");
              }
            } else if (one.kind === "compact") {
              await compact(side.lake, side.table, { targetBytes: 1_048_576 });
            } else {
              const [row] = await side.lake.query<{ n: number; ids: number }>(
                "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM numbers",
              );
              expect(row?.n).toBe(row?.ids);
            }
          };

          for (const round of rounds) {
            // Steps of one side run in order, the sides at the same time: each side is one writer.
            const ofSide = (which: 0 | 1) => round.filter((one) => one.who === which);
            const inOrder = async (steps: readonly Step[]) => {
              for (const one of steps) await run(one);
            };
            await Promise.all([inOrder(ofSide(0)), inOrder(ofSide(1))]);
            for (const each of sides.map((side) => side.lake)) {
              const rows = await each.query<{ id: number }>("SELECT id FROM numbers ORDER BY id");
              expect(rows.map((row) => row.id)).toEqual([...model].sort((a, b) => a - b));
            }
          }
        },
      ),
      { numRuns: Number(process.env["FOOTFALL_PROPERTY_RUNS"] ?? 12) },
    );
  },
);
