import { systemClock } from "@footfall/base";
import { topics } from "@footfall/events";
import { eventsTable, openLake } from "@footfall/lake";
import { type EventLog, partitionOfKey } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followRecords, type ShownRecord } from "../../scripts/topics/read-records.ts";
import { type CommandResult, runCommand } from "../run-command.ts";

let folder: TemporaryFolder;
let log: EventLog;

beforeAll(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
  await log.createTopic({ name: topics.clicks, partitions: 2, retentionMs: 7_200_000 });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  const lake = await openLake({ root: storageFolders(folder.path).tables, clock: systemClock });
  const events = await lake.table(eventsTable);
  await events.commit({ add: [], progress: new Map([["clicks-1", 1n]]), operation: "append" });
  await lake.close();
});

afterAll(async () => {
  await log.close();
  await folder.remove();
});

async function append(key: string, ...values: (string | Buffer)[]): Promise<void> {
  await log.append(
    topics.clicks,
    values.map((value) => ({ key, value: Buffer.from(value) })),
  );
}

/** A key of partition 0 or 1, with this at its end. */
function keyOf(partition: number, end = ""): string {
  for (let n = 0; ; n += 1) if (partitionOfKey(`${n}${end}`, 2) === partition) return `${n}${end}`;
}

function run(...parameters: string[]): Promise<CommandResult> {
  return runCommand("scripts/topics.ts", [...parameters, "--storage", folder.path]);
}

describe("npm run topics", () => {
  it("shows topics, partitions and records, whatever bytes they are", async () => {
    const name = "\u0000\u001b[2J ☃ 😀 \u0085";
    const odd = [JSON.stringify({ name }), "not JSON\u001b[2J", Buffer.from([0xff, 0x00])];
    await append(keyOf(0), '{"n":1}', '{"n":2}');
    const oddKey = keyOf(1, "\u0000\u001b");
    await append(oddKey, ...odd);
    const list = await run("list", "--json");
    expect(list.lastJson()).toMatchObject([
      { topic: "clicks", partitions: 2, records: 5, retentionHours: 2 },
      { topic: "clicks.rejected", partitions: 1, records: 0 },
    ]);
    const describes = (await run("describe", "clicks", "--json")).lastJson() as { records: number; oldest: string }[];
    expect(describes.map(({ records }) => records)).toEqual([2, 3]);
    expect(Date.parse(describes[0]!.oldest)).toBeLessThanOrEqual(systemClock());

    const tail = await run("tail", "clicks", "--json", "--last", "9");
    const shown = tail.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as ShownRecord);
    expect(shown.map(({ value }) => value)).toEqual([
      { n: 1 },
      { n: 2 },
      { name },
      { text: "not JSON\u001b[2J" },
      { base64: "/wA=" },
    ]);
    expect(shown[2]?.key).toBe(oddKey);
    const readable = await run("tail", "clicks", "--last", "3");
    expect(readable.stdout).toContain("☃ 😀");
    expect(readable.stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(readable.stdout.trimEnd().split("\n")).toHaveLength(3);
  });

  it("reads one partition from an offset on", async () => {
    const tail = await run("tail", "clicks", "--partition", "0", "--from", "1", "--json");
    expect(tail.lastJson()).toMatchObject({ partition: 0, offset: 1, value: { n: 2 } });
    expect(tail.stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("says how far the group, and how far the lake is", async () => {
    const ends = (await log.offsets(topics.clicks)).map(({ endOffset }) => endOffset);
    await log.resetOffsets("aggregator", topics.clicks, new Map([[0, ends[0]!]]));
    expect((await run("lag", "--json")).lastJson()).toMatchObject([
      { partition: 0, groupOffset: Number(ends[0]), groupLag: 0, lakeLag: Number(ends[0]) },
      { partition: 1, groupLag: Number(ends[1]), lakeOffset: 1, lakeLag: Number(ends[1]) - 1 },
    ]);
    const other = (await run("lag", "--group", "nobody", "--json")).lastJson() as object[];
    expect(other[0]).toMatchObject({ groupLag: Number(ends[0]) });
    expect(other[0]).not.toHaveProperty("lakeLag");
  });

  it("follows what is appended, in the partitions asked for", async () => {
    const ending = new AbortController();
    const shown: ShownRecord[] = [];
    const { endOffset } = (await log.offsets(topics.clicks))[0]!;
    const following = followRecords(
      log,
      { topic: topics.clicks, from: new Map([[0, endOffset]]), signal: ending.signal },
      (record) => shown.push(record),
    );
    for (const partition of [0, 1, 0]) await append(keyOf(partition), '{"late":true}');
    const appended = (await log.offsets(topics.clicks))[0]!.endOffset - endOffset;
    await waitFor(() => shown.length >= Number(appended), { deadlineMs: 5_000, what: "the records appended" });
    ending.abort();
    await following;
    expect(shown.map(({ partition }) => partition)).toEqual(shown.map(() => 0));
    expect(shown).toHaveLength(Number(appended));
  });

  it("counts what was refused, and shows it without steering the terminal", async () => {
    const rejected = { tenant: "demo", sentAtMs: 1, historic: false, code: "EVENT_FIELD_UNKNOWN", field: "/\u001b[2J" };
    const letters = ["first", "second"].map((reason, index) => ({
      ...rejected,
      reason,
      rejectedAtMs: index,
      event: {},
    }));
    await log.append(
      topics.rejected,
      letters.map((letter) => ({ key: null, value: Buffer.from(JSON.stringify(letter)) })),
    );
    const shown = await run("dead-letters");
    expect(shown.stdout).toMatch(/EVENT_FIELD_UNKNOWN .*\\u001b\[2J.* 2 .* second/);
    expect((await run("dead-letters", "--json", "--examples", "5")).lastJson()).toMatchObject([
      { code: "EVENT_FIELD_UNKNOWN", count: 2, newest: [{ reason: "second" }, { reason: "first" }] },
    ]);
    expect((await run("dead-letters", "--json", "--tenant", "other")).lastJson()).toEqual([]);
  });

  it("says in one line what is wrong", async () => {
    for (const [parameters, message] of [
      [["tail", "nope"], "LOG_TOPIC_UNKNOWN: "],
      [["tail", "clicks", "--from", "99"], "LOG_OFFSET_OUT_OF_RANGE: "],
      [["tail", "clicks", "--partition", "7"], "LOG_OFFSET_OUT_OF_RANGE: "],
      [["tail", "clicks", "--from", "-1"], "error: "],
      [["redrive", "--url", "http://127.0.0.1:1", "--code", "none", "--since", "yesterday"], "error: "],
    ] as const) {
      const { exitCode, stderr } = await run(...parameters);
      expect([exitCode, stderr.split("\n").length], stderr).toEqual([1, 2]);
      expect(stderr).toContain(message);
    }
    const { exitCode, stderr } = await runCommand("scripts/topics.ts", ["list", "--storage", `${folder.path}/none`]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^INPUT_FILE_MISSING: There is no log in/)]);
  });
});
