import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { readAll, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

interface Report {
  readonly exitCode: number;
  readonly runId: string;
  readonly tally: { readonly pairs: number; readonly only: object; readonly differing: number };
  readonly eventTypes: readonly object[];
  readonly examples: readonly { readonly outcome: string; readonly key: string }[];
}

const startMs = Date.parse("2026-11-29T10:00:00Z");
const ordersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    eventId: `e-${index}`,
    eventType: index % 3 === 0 ? "order_paid" : "order_placed",
    orderId: `o-${index}`,
    occurredAt: new Date(startMs + index * 1_000).toISOString(),
    total: index / 100,
    text: "Zeile\u2028zwei",
  }));
const left = ordersOf(1_000);
const right = left
  .filter((_, index) => index !== 400)
  .map((order) => (order.orderId === "o-500" ? { ...order, total: 1 } : order));

let folder: TemporaryFolder;
let log: EventLog;
let files: { left: string; right: string; rules: string };

beforeAll(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
  const lines = (orders: readonly object[]) => orders.map((order) => JSON.stringify(order)).join("\n");
  const path = (name: string) => join(folder.path, name);
  files = { left: path("left.jsonl"), right: path("right.jsonl"), rules: path("rules.yml") };
  await writeFile(files.left, lines(left));
  await writeFile(files.right, lines(right));
  await writeFile(
    files.rules,
    "rules:\n  - path: /total\n    tolerance: { abs: 5 }\n  - path: /none\n    ignore: true\n",
  );
  for (const [topic, orders, partitions] of [
    ["orders", left, 3],
    ["orders.new", right, 5],
  ] as const) {
    await log.createTopic({ name: topic, partitions });
    await log.append(
      topic,
      orders.map((order) => ({ key: order.orderId, value: Buffer.from(JSON.stringify(order)) })),
    );
  }
});

afterAll(async () => {
  await log.close();
  await folder.remove();
});

const run = (...parameters: string[]) =>
  runCommand("scripts/reconcile.ts", ["--storage", folder.path, "--key", "orderId", ...parameters]);

describe("npm run reconcile", () => {
  it("says the same of files and of topics, and writes what differs into a topic", async () => {
    const ofFiles = await run("--left", files.left, "--right", files.right, "--json");
    const parameters = ["--left", "orders", "--right", "orders.new", "--complete", "--mismatches", "found", "--json"];
    const ofTopics = await run(...parameters);
    expect([ofFiles.exitCode, ofTopics.exitCode, ofTopics.stderr]).toEqual([1, 1, ""]);
    const [fileReport, topicReport] = [ofFiles.lastJson() as Report, ofTopics.lastJson() as Report];
    expect(fileReport.tally).toMatchObject({ pairs: 999, only: { left: 1, right: 0 }, differing: 2 });
    expect(topicReport.tally).toEqual(fileReport.tally);
    const byType = (report: Report) => report.eventTypes.map((type) => JSON.stringify(type)).sort();
    expect(byType(topicReport)).toEqual(byType(fileReport));
    expect(topicReport.examples.map(({ outcome, key }) => [outcome, key])).toEqual(
      fileReport.examples.map(({ outcome, key }) => [outcome, key]),
    );
    const partitions = (await log.offsets("found")).map((_, partition) => readAll(log, "found", partition));
    const found = (await Promise.all(partitions)).flat().map(({ value }) => JSON.parse(value!.toString()) as object);
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({
      runId: topicReport.runId,
      report: expect.objectContaining({
        left: "orders",
        verdict: "different",
        mismatches: 2,
        figures: expect.objectContaining({ pairs: 999, equal: 998, different: 1 }),
      }),
    });
    expect(found).toContainEqual(
      expect.objectContaining({
        runId: topicReport.runId,
        outcome: "different",
        key: "o-500",
        differences: [{ pointer: "/total", field: "/total", kind: "value", left: "5", right: "1" }],
        right: expect.objectContaining({ document: JSON.stringify(right.find(({ orderId }) => orderId === "o-500")) }),
      }),
    );
  });

  it("ends with 0 where nothing differs, and tells which rule did nothing", async () => {
    const same = await run("--left", files.left, "--right", files.left);
    expect(same.exitCode).toBe(0);
    expect(same.stdout).toContain("EQUAL\n  0 of 1000 keys differ: below 0.3 % (95 %)");
    const ruled = await run("--left", files.left, "--right", files.right, "--rules", files.rules);
    expect(ruled.stdout).toContain("1 of 1000 keys differ");
    expect(ruled.stdout).toMatch(/\/none ignore\s*│ 0/);
  });

  it("ends with 2 where it cannot tell", async () => {
    const few = await run("--left", files.left, "--right", files.left, "--pairs-min", "2000");
    expect([few.exitCode, few.stdout]).toEqual([2, expect.stringContaining("2000 are wanted")]);
    const unknown = await run("--left", "orders", "--right", "nothing");
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining("LOG_TOPIC_UNKNOWN")]);
    const misused = await run("--left", files.left, "--right", files.right, "--window", "soon");
    expect([misused.exitCode, misused.stderr]).toEqual([2, expect.stringContaining("Not a duration")]);
  });
});
