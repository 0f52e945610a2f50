import { join } from "node:path";
import { type ChangePosition, comparePositions, readChange, recordKeyOf } from "@footfall/changes";
import { openKafkaLog } from "@footfall/log/kafka";
import { readAll, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { bootstrapServers, startKafka, stopKafka } from "@footfall/testkit/kafka";
import type { PostgresServer } from "@footfall/testkit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import {
  type CapturedDatabase,
  differences,
  openDatabase,
  openServer,
  replay,
  replayAsTold,
} from "./captured-database.ts";
import { killUnderWrites } from "./kill-under-writes.ts";
import { canRunPostgres } from "./postgres-or-skip.ts";

const seed = Number(process.env["FC_SEED"] ?? 12);
const kills = Number(process.env["FOOTFALL_CDC_KILLS"] ?? 4);

describe.runIf(canRunPostgres() && canRunKafka())("a capture into Kafka that is killed", () => {
  let temporary: TemporaryFolder;
  let server: PostgresServer;
  let shop: CapturedDatabase;
  let brokers: readonly string[];

  beforeAll(async () => {
    temporary = await temporaryFolder();
    const folder = join(temporary.path, "cluster");
    const kafka = startKafka({ jarsFolder: ".kafka", folder, version: "4.4.0", brokers: 1 });
    server = await openServer();
    brokers = bootstrapServers(await kafka);
    shop = await openDatabase(server, await openKafkaLog({ brokers, clientId: "cdc-test" }));
  });
  afterAll(async () => {
    await shop?.close();
    await Promise.all([server?.stop(), stopKafka(join(temporary.path, "cluster"))]);
    await temporary.remove();
  });

  it("loses nothing, and tells each row's changes in order", async () => {
    const environment = { FOOTFALL_KAFKA_BROKERS: brokers.join(",") };
    const { rows, writes, exitCode } = await killUnderWrites(shop, { kills, seed, environment });
    expect(exitCode).toBe(0);
    expect(writes).toBeGreaterThan(500);
    const changes = await shop.changes("products");
    expect(differences(replay(changes), rows)).toEqual([]);
    expect(differences(replayAsTold(changes), rows)).toEqual([]);
    expect(await keysOutOfOrder()).toEqual([]);
  });

  /** After a kill changes are told again; but none for the first time after one that came later. */
  async function keysOutOfOrder(): Promise<string[]> {
    const topic = "cdc.public.products";
    const wrong = new Set<string>();
    const placeOfKey = new Map<string, number>();
    for (const partition of (await shop.log.offsets(topic)).keys()) {
      const newest = new Map<string, ChangePosition>();
      const told = new Set<string>();
      for (const record of await readAll(shop.log, topic, partition)) {
        const read = readChange(record);
        if (read.is !== "change") continue;
        const { position } = read.change;
        const key = recordKeyOf(read.change.key);
        if ((placeOfKey.get(key) ?? partition) !== partition) wrong.add(key);
        placeOfKey.set(key, partition);
        const place = `${key} ${position.lsn}/${position.index}`;
        if (told.has(place)) continue;
        told.add(place);
        const last = newest.get(key);
        if (last && comparePositions(position, last) < 0) wrong.add(key);
        newest.set(key, position);
      }
    }
    return [...wrong];
  }
});
