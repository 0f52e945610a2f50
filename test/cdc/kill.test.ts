import { readChange } from "@footfall/changes";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CapturedDatabase, differences, openDatabase, openServer, replay } from "./captured-database.ts";
import { killUnderWrites } from "./kill-under-writes.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

const seed = Number(process.env["FC_SEED"] ?? 11);
const kills = Number(process.env["FOOTFALL_CDC_KILLS"] ?? 6);

describe.runIf(canRunPostgres())("a capture that is killed", () => {
  let server: PostgresServer;
  let shop: CapturedDatabase;
  beforeAll(async () => void (server = await openServer()));
  afterAll(() => server?.stop());
  beforeEach(async () => void (shop = await openDatabase(server)));
  afterEach(() => shop.close());

  it("gives the table row by row, whenever that was: in the first copy or after it (risingwavelabs/risingwave#14060)", async () => {
    const { rows, writes, exitCode } = await killUnderWrites(shop, { kills, seed });
    expect(exitCode).toBe(0);
    expect(writes).toBeGreaterThan(500);
    expect(differences(replay(await shop.changes("products")), rows)).toEqual([]);
    await expectRepeatsToBeEqual();
  });

  /** What is written again after a kill has the place it had, and says the same. */
  async function expectRepeatsToBeEqual(): Promise<void> {
    const byPlace = new Map<string, string>();
    const others: string[] = [];
    for (const record of await shop.records("cdc.public.products")) {
      const read = readChange(record);
      if (read.is !== "change") continue;
      const { position, operation, key, after } = read.change;
      const place = `${position.lsn}/${position.index}`;
      // What a moved row's large columns hold was asked for, and may have changed since.
      const isMoved = record.headers?.has("__debezium.oldkey") ?? false;
      const said = JSON.stringify([operation, key, isMoved || after]);
      if ((byPlace.get(place) ?? said) !== said) others.push(place);
      byPlace.set(place, said);
    }
    expect(others).toEqual([]);
  }
});
