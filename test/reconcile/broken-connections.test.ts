import { join } from "node:path";
import type { EventLog } from "@footfall/log";
import { openKafkaLog } from "@footfall/log/kafka";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSides } from "../../bench/reconcile/write-sides.ts";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "../kafka/proxied-kafka.ts";
import { appendSides, compareSources, fileSources, pairs, type Sources, topicSources } from "./compare-sources.ts";

describe.skipIf(!canRunKafka())("a comparison over connections that break", () => {
  const paths = { left: "", right: "" };
  let folder: TemporaryFolder;
  let kafka: ProxiedKafka;
  let log: EventLog;

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const side of ["left", "right"] as const) paths[side] = join(folder.path, `${side}.jsonl`);
    await writeSides(pairs, paths);
    kafka = await startProxiedKafka();
    const direct = await openKafkaLog({ brokers: kafka.directBrokers(), clientId: "test-fill" });
    await appendSides(direct, paths);
    await direct.close();
    log = await openKafkaLog({ brokers: kafka.brokers, clientId: "test-reconcile" });
  });
  afterAll(async () => {
    await log.close();
    await kafka.stop();
    await folder.remove();
  });

  /** Does something before each read of records. */
  const beforeEachRead = (sources: Sources, act: (read: number) => Promise<void> | void): Sources => {
    let reads = 0;
    return sources.map((source) => ({
      ...source,
      next: async () => {
        await act((reads += 1));
        return source.next();
      },
    }));
  };

  it("vitessio/vitess#10495, #10618: goes on where it was and says the same", async () => {
    const undisturbed = await compareSources(await fileSources(paths));
    let cuts = 0;
    const before = kafka.proxy.connections;
    const cut = () => {
      cuts += 1;
      kafka.proxy.cut();
    };
    expect(await compareSources(beforeEachRead(await topicSources(log), cut))).toEqual(undisturbed);
    expect(cuts).toBeGreaterThan(8);
    expect(kafka.proxy.connections - before).toBeGreaterThan(8);
  });

  it("vitessio/vitess#10495: goes on after the broker was killed and came back", async () => {
    const undisturbed = await compareSources(await fileSources(paths));
    const killOnce = async (read: number) => {
      if (read !== 4) return;
      kafka.kill();
      await kafka.restart();
    };
    expect(await compareSources(beforeEachRead(await topicSources(log), killOnce))).toEqual(undisturbed);
  });
});
