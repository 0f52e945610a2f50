import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { compact, expireLog, type LakeVersion } from "../../src/index.ts";
import { checkpointInterval } from "../../src/lake-table.ts";
import { testLake } from "../lake-fixture.ts";
import { append, backUp, idsOf, numbers, restore, vacuumAll } from "./backup-fixture.ts";

const dayMs = 86_400_000;
const kinds = ["append", "append", "replace", "compact", "vacuum", "expire", "checkpoint", "minute"] as const;
type Kind = (typeof kinds)[number];
const step = fc.constantFrom<Kind>(...kinds);
const backup = fc.record({
  before: fc.array(step, { minLength: 1, maxLength: 10 }),
  /** What happens before each of the first files is copied. */
  during: fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 6 }),
});

it("backups among commits, compactions, checkpoints, expiry and vacuums restore to exactly the pinned rows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(backup, { minLength: 1, maxLength: 3 }), async (backups) => {
      const { lake, root, clock, open } = await testLake();
      const table = await lake.table(numbers);
      let nextId = 0;
      const idsAt = new Map<number, readonly number[]>();
      const note = async () => idsAt.set((await table.snapshot()).version, await idsOf(lake));
      const newIds = (count: number) => Array.from({ length: count }, () => nextId++);
      const run: Record<Kind, () => Promise<unknown>> = {
        append: () => append(lake, table, newIds(3), nextId % 2 === 0 ? "a" : "b"),
        async replace() {
          const [victim] = (await table.snapshot()).files;
          if (victim === undefined) return;
          const add = await lake.writeSmall(
            table,
            newIds(2).map((id) => ({ id, bucket: victim.partition["bucket"] })),
          );
          await table.commit({ add, remove: [victim], operation: "upsert" });
        },
        compact: () => compact(lake, table, { targetBytes: 1_048_576 }),
        vacuum: () => vacuumAll(table, clock.now),
        expire: () => expireLog(lake, table, { retentionMs: 0, clock: clock.now }),
        async checkpoint() {
          const { version } = await table.snapshot();
          for (let at: number = version; at % checkpointInterval !== 0 || at === version; at += 1) {
            await table.commit({ add: [], operation: "nothing" });
            await note();
          }
        },
        // Within a lease: a backup that is halted for longer is another test's.
        minute: () => Promise.resolve(clock.advance(60_000)),
      };
      const runAll = async (steps: readonly Kind[]) => {
        for (const kind of steps) {
          clock.advance(1);
          await run[kind]();
          await note();
        }
      };
      await note();
      for (const [index, { before, during }] of backups.entries()) {
        await runAll(before);
        const folder = join(root, "..", `${root.split("/").at(-1)}-backup`);
        const storage = `${folder}-restored`;
        let copied = 0;
        // Copies are made several at once, what happens meanwhile one after the other.
        let turn = Promise.resolve();
        const beforeCopy = () => (turn = turn.then(() => runAll(during[copied++] ?? [])));
        try {
          await backUp(lake, folder, { clock: clock.now, historyMs: index * dayMs, beforeCopy });
          const restored = await restore(folder, storage, clock.now);
          try {
            const pinned = restored.manifest.tables[0]!.version;
            const copy = await restored.lake.existingTable("numbers");
            expect((await copy.snapshot()).version).toBe(pinned);
            expect(await idsOf(restored.lake)).toEqual(idsAt.get(pinned));
            // It goes on: the next commits build on it, past the next checkpoint.
            const again = [...idsAt.get(pinned)!, 1_000_000];
            await append(restored.lake, copy, [1_000_000]);
            for (let i = 0; i < 50; i += 1) await copy.commit({ add: [], operation: "nothing" });
            expect(await idsOf(restored.lake)).toEqual(again);
            expect((await copy.addedSince(pinned as LakeVersion)).files).toHaveLength(1);
          } finally {
            await restored.lake.close();
          }
        } finally {
          await rm(folder, { recursive: true, force: true });
          await rm(storage, { recursive: true, force: true });
        }
      }
      expect(await idsOf(await open())).toEqual(await idsOf(lake));
    }),
    { numRuns: Number(process.env["FC_RUNS"] ?? 4) },
  );
}, 240_000);
