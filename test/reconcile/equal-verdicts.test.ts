import { join } from "node:path";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openKafkaLog } from "@footfall/log/kafka";
import { storageFolders } from "@footfall/runtime";
import { freePort, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { bootstrapServers, kafkaVersions, startKafka, stopKafka } from "@footfall/testkit/kafka";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededCounts, windowMs, writeSides } from "../../bench/reconcile/write-sides.ts";
import { canRunKafka } from "../kafka/kafka-or-skip.ts";
import { runCommand } from "../run-command.ts";
import { appendSides, compareSources, fileSources, pairs, topicNames, topicSources } from "./compare-sources.ts";

interface Report {
  readonly exitCode: number;
  readonly tally: { readonly pairs: number; readonly differing: number };
  readonly eventTypes: readonly object[];
}

describe.skipIf(!canRunKafka())("the same orders as files, in the embedded log and in Kafka", () => {
  const paths = { left: "", right: "" };
  let folder: TemporaryFolder;
  let brokersFolder: string;
  let brokers: string[];
  let embedded: EventLog;
  let kafka: EventLog;

  beforeAll(async () => {
    folder = await temporaryFolder();
    brokersFolder = join(folder.path, "kafka");
    for (const side of ["left", "right"] as const) paths[side] = join(folder.path, `${side}.jsonl`);
    await writeSides(pairs, paths);
    const place = { jarsFolder: ".kafka", folder: brokersFolder, version: kafkaVersions[0], brokers: 1 };
    brokers = bootstrapServers(await startKafka(place));
    kafka = await openKafkaLog({ brokers, clientId: "test-reconcile" });
    embedded = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
    await appendSides(kafka, paths);
    await appendSides(embedded, paths);
  });
  afterAll(async () => {
    await embedded.close();
    await kafka.close();
    await stopKafka(brokersFolder);
    await folder.remove();
  });

  it("give the same verdict and the same mismatches, each of the twelve kinds as often as seeded", async () => {
    const ofFiles = await compareSources(await fileSources(paths));
    expect(ofFiles.found).toEqual(seededCounts(pairs));
    expect(ofFiles.report).toMatchObject({ exitCode: 1, verdict: "different" });
    expect(await compareSources(await topicSources(embedded))).toEqual(ofFiles);
    expect(await compareSources(await topicSources(kafka))).toEqual(ofFiles);
  });

  const run = (environment: Record<string, string>, ...parameters: string[]) => {
    const common = ["--storage", folder.path, "--key", "orderId", "--window", `${windowMs / 1_000}s`, "--json"];
    return runCommand("scripts/reconcile.ts", [...common, ...parameters], environment);
  };
  const onKafka = () => ({ FOOTFALL_KAFKA_BROKERS: brokers.join(",") });
  const bothTopics = ["--left", topicNames.left, "--right", topicNames.right, "--complete"];

  it("make the command end with 1 and say the same, also where a file is compared with a topic", async () => {
    const results = [
      await run({}, "--left", paths.left, "--right", paths.right),
      await run({}, ...bothTopics),
      await run(onKafka(), ...bothTopics),
      await run(onKafka(), "--left", paths.left, "--right", topicNames.right, "--complete"),
    ];
    expect(results.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(results.map(() => [1, ""]));
    const reports = results.map((result) => result.lastJson() as Report);
    const differing = [...seededCounts(pairs).values()].reduce((sum, count) => sum + count) - pairs / 1_000;
    // A late one is counted as different, too.
    expect(reports[0]!.tally).toMatchObject({ pairs: pairs - pairs / 1_000, differing });
    const seen = ({ tally, eventTypes }: Report) => ({
      tally: { ...tally, fields: undefined },
      eventTypes: eventTypes.map((type) => JSON.stringify(type)).sort(),
    });
    for (const report of reports) expect(seen(report)).toEqual(seen(reports[0]!));
  });

  it("end with 0 where a topic is compared with itself, the floor of every comparison", async () => {
    for (const environment of [{}, onKafka()]) {
      const result = await run(environment, "--left", topicNames.left, "--right", topicNames.left, "--complete");
      expect([result.exitCode, (result.lastJson() as Report).tally]).toEqual([
        0,
        expect.objectContaining({ pairs, differing: 0 }),
      ]);
    }
  });

  it("end with 2 where it cannot be told: too few keys, no such topic, a log that is away", async () => {
    const few = await run(onKafka(), "--left", topicNames.left, "--right", topicNames.left, "--pairs-min", "9999");
    expect([few.exitCode, few.stdout]).toEqual([2, expect.stringContaining("9999 are wanted")]);
    const unknown = await run(onKafka(), "--left", topicNames.left, "--right", "nothing");
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining("LOG_TOPIC_UNKNOWN")]);
    const away = await run({ FOOTFALL_KAFKA_BROKERS: `127.0.0.1:${await freePort()}` }, ...bothTopics);
    expect([away.exitCode, away.stderr]).toEqual([2, expect.stringContaining("LOG_UNAVAILABLE")]);
  });

  it("lordofthejars/diferencia#44: headers are no part of a comparison, neither as noise nor as difference", async () => {
    const records = Array.from({ length: 400 }, (_, index) => ({
      key: `o-${index}`,
      value: Buffer.from(JSON.stringify({ orderId: `o-${index}`, time: 1_790_000_000_000 + index })),
    }));
    for (const [topic, trace] of [
      ["traced", "a"],
      ["traced.new", "b"],
    ] as const) {
      await kafka.createTopic({ name: topic, partitions: 1 });
      const headers = new Map([["trace", Buffer.from(trace)]]);
      await kafka.append(
        topic,
        records.map((record) => ({ ...record, headers })),
      );
    }
    const result = await run(onKafka(), "--left", "traced", "--right", "traced.new", "--complete");
    expect([result.exitCode, (result.lastJson() as Report).tally]).toEqual([
      0,
      expect.objectContaining({ raw: { equal: 400, different: 0 } }),
    ]);
  });
});
