import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AppError, dateOf } from "@footfall/base";
import { parseEvent, type RejectedEvent } from "@footfall/events";
import { type ClickLogFormatName, clickLogFormats, type ClickLogRow } from "@footfall/events/formats";
import { temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import { importClickLog } from "../../src/import/index.ts";
import { faultLake } from "../fault-lake.ts";
import { openPipeline, type PipelineFixture, startMs } from "../pipeline-fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let pipeline: PipelineFixture;
let folder: TemporaryFolder;
let rejected: RejectedEvent[];
beforeEach(async () => {
  pipeline = await openPipeline();
  folder = await temporaryFolder();
  rejected = [];
});
afterEach(async () => {
  await pipeline.close();
  await folder.remove();
});

const tools = { hash: (text: string) => createHash("md5").update(text).digest("hex"), tenant: "demo" };

async function importText(format: ClickLogFormatName, text: string, lake = pipeline.lake, tenant = "demo") {
  const file = join(folder.path, "clicks.txt");
  await writeFile(file, text);
  const account = await importClickLog({
    lake,
    clock: pipeline.clock.now,
    format,
    file,
    tenant,
    reject: async (rows) => {
      rejected.push(...rows);
    },
  });
  expect(account.read).toBe(account.accepted + account.duplicate + account.rejected);
  return account;
}

const files: Record<Exclude<ClickLogFormatName, "jsonl">, readonly (readonly string[])[]> = {
  retailrocket: [
    ["1441852593", "1145517", "view", "165162", "1433838", "1173"],
    ["1441852594", "1145517", "addtocart", "165162", "1433838", ""],
    ["1441852595", "1145517", "transaction", "ütem \\ 1", "1433838", "x"],
  ],
  rees46: [
    [
      "2019-10-01 00:00:00 UTC",
      "view",
      "44600062",
      "2103807459595387724",
      "",
      "shiseido",
      "35.79",
      "541312140",
      "72d7",
    ],
    ["2019-10-01 00:00:01 UTC", "cart", "3900821", "2053013552326770905", "appliances.water", "", "33.20", "5", "9333"],
    ["2019-10-01 23:59:59 UTC", "purchase", "3", "2", "a", "b", "", "5", "9333"],
    ["2019-10-01 23:59:59 UTC", "purchase", "3", "2", "a", "b", "1e2", "5", "9333"],
  ],
  yoochoose: [
    ["832", "2014-04-06T20:21:58.444Z", "214717095", "0"],
    ["832", "2014-04-06T20:21:59Z", "214717096", "S"],
    ["832", "2014-04-06 20:22:59.4", "214717096", "S"],
  ],
  sessions: [
    ["s1", "i1", "1593536687"],
    ["s1", "i2", "1593536687.25"],
    ["s1", "i3", "1593536687250"],
    ["s1", "i4", "2020-06-30T17:04:47Z"],
    ["s1", "i5", "1593536687.0"],
  ],
};

test.each(Object.entries(files))("%s: SQL and TypeScript make the same events", async (name, cells) => {
  const format = clickLogFormats[name as ClickLogFormatName];
  const header = format.header === "none" ? [] : [format.columns.map((column) => column.name)];
  const text = [...header, ...cells].map((row) => row.join(",")).join("\n");
  expect(await importText(format.name, `${text}\n`)).toMatchObject({ accepted: cells.length, rejected: 0 });
  const rows = await pipeline.lake.query<Record<string, unknown>>("SELECT * FROM events ORDER BY event_id");
  const expected = cells.map((row) => {
    const byName: ClickLogRow = Object.fromEntries(format.columns.map((column, index) => [column.name, row[index]!]));
    const event = format.toClickEvent(byName, tools);
    const nowMs = pipeline.clock.now();
    const context = { historic: true, receivedAtMs: nowMs, sentAtMs: nowMs, tenant: "demo" };
    expect(parseEvent(event, context).ok).toBe(true);
    return event;
  });
  const sorted = expected.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  expect(rows.map((row) => ({ ...row, items: JSON.parse(String(row["items"])) }))).toEqual(
    sorted.map((event) =>
      expect.objectContaining({
        event_id: event.eventId,
        name: event.name,
        visitor_id: event.visitorId,
        session_id: event.sessionId,
        items: event.items,
        schema_version: 1,
        tenant: "demo",
        date: dateOf(event.occurredAtMs),
      }),
    ),
  );
  const times = await pipeline.lake.query<{ ms: number }>(
    "SELECT epoch_ms(occurred_at)::DOUBLE AS ms FROM events ORDER BY event_id",
  );
  expect(times.map((row) => row.ms)).toEqual(sorted.map((event) => event.occurredAtMs));
});

test("an account adds up, and every rejected row has the code that HTTP would give", async () => {
  const future = Math.round((startMs + 3_600_000) / 1000);
  const lines = [
    "timestamp_s,visitorid,event,itemid,sessionid,categoryid",
    "1441852593,v,view,i,s,c",
    "1441852593,v,view,i,s,c",
    "1441852593,v,hover,i,s,c",
    "soon,v,view,i,s,c",
    `${future},v,view,i,s,c`,
    "1441852593,v,view,,s,c",
    "1441852593,v,view",
    "1441852593,v,view,i,s,c,too,many",
  ];
  const account = await importText("retailrocket", lines.join("\n"));
  expect(account).toMatchObject({ read: 8, accepted: 1, duplicate: 1, rejected: 6 });
  expect(rejected).toHaveLength(6);
  expect(rejected.map((row) => row.code).sort()).toEqual([
    "EVENT_BODY_MALFORMED",
    "EVENT_FIELD_INVALID",
    "EVENT_FIELD_INVALID",
    "EVENT_FIELD_INVALID",
    "EVENT_NAME_UNKNOWN",
    "EVENT_TIME_IN_FUTURE",
  ]);
});

test("a second import, and a replay through the log, are only duplicates", async () => {
  const text = files.sessions.map((row) => row.join(",")).join("\n");
  await importText("sessions", text);
  const sessions = await pipeline.lake.query("SELECT * FROM sessions ORDER BY position");
  expect(sessions).toHaveLength(5);
  expect(await importText("sessions", text)).toMatchObject({ accepted: 0, duplicate: 5 });
  const aggregator = await pipeline.start();
  const nowMs = pipeline.clock.now();
  const events = files.sessions.map(([session_id, item_id, ts]) => {
    const event = clickLogFormats.sessions.toClickEvent({ session_id: session_id!, item_id: item_id!, ts: ts! }, tools);
    return { ...event, v: 1 as const, tenant: "demo", sentAtMs: nowMs, receivedAtMs: nowMs };
  });
  await pipeline.send(events);
  await aggregator.caughtUp();
  expect(await aggregator.metric("footfall_aggregator_events_total", { result: "duplicate" })).toBe(5);
  expect(await pipeline.lake.query("SELECT * FROM sessions ORDER BY position")).toEqual(sessions);
});

test("one file in two shops is whole in each, in whichever way it came there first", async () => {
  const nowMs = pipeline.clock.now();
  const rows = files.sessions.map((row) => row.join(",")).join("\n");
  expect(await importText("sessions", rows)).toMatchObject({ accepted: 5 });
  expect(await importText("sessions", rows, pipeline.lake, "other")).toMatchObject({ accepted: 5 });
  const events = ["v1", "v2", "v3"].map((visitorId, place) => ({
    ...viewBy(visitorId),
    occurredAtMs: startMs - place,
  }));
  const aggregator = await pipeline.start();
  const sendTo = (tenant: string) =>
    pipeline.send(events.map((sent) => ({ ...sent, v: 1 as const, tenant, sentAtMs: nowMs, receivedAtMs: nowMs })));
  await sendTo("demo");
  await aggregator.caughtUp();
  const lines = events.map((sent) => JSON.stringify(sent)).join("\n");
  expect(await importText("jsonl", lines, pipeline.lake, "other")).toMatchObject({ accepted: 3, duplicate: 0 });
  expect(await importText("jsonl", lines)).toMatchObject({ accepted: 0, duplicate: 3 });
  await sendTo("other");
  await sendTo("third");
  await aggregator.caughtUp();
  const counts = await pipeline.lake.query("SELECT tenant, count(*)::INTEGER AS n FROM events GROUP BY 1 ORDER BY 1");
  expect(counts).toEqual([
    { tenant: "demo", n: 8 },
    { tenant: "other", n: 8 },
    { tenant: "third", n: 3 },
  ]);
});

function viewBy(visitorId: string) {
  const digits = visitorId.slice(1).padStart(12, "0");
  const items = [{ item_id: "i1" }];
  return { eventId: `00000000-0000-7000-8000-${digits}`, name: "view_item" as const, visitorId, sessionId: "s", items };
}

test("what a crash between events and windows left undone, the next import or aggregator does", async () => {
  const text = files.sessions.map((row) => row.join(",")).join("\n");
  const lake = faultLake(pipeline.lake, (table, step) => {
    if (table === "sessions" && step === "commit") throw new AppError("INTERNAL", "crash for the test");
  });
  await expect(importText("sessions", text, lake)).rejects.toThrow("crash for the test");
  expect(await pipeline.lake.query("SELECT 1 FROM sessions")).toHaveLength(0);
  expect(await importText("sessions", text)).toMatchObject({ accepted: 0, duplicate: 5 });
  expect(await pipeline.lake.query("SELECT 1 FROM sessions")).toHaveLength(5);
});

test("an import beside a running aggregator: both find their events once, and windows hold both", async () => {
  const aggregator = await pipeline.start();
  const nowMs = pipeline.clock.now();
  const event = clickLogFormats.sessions.toClickEvent({ session_id: "s1", item_id: "i1", ts: "1593536687" }, tools);
  const envelope = { ...event, v: 1 as const, tenant: "demo", sentAtMs: nowMs, receivedAtMs: nowMs };
  await pipeline.send([envelope]);
  await aggregator.caughtUp();
  const account = await importText("sessions", files.sessions.map((row) => row.join(",")).join("\n"));
  expect(account).toMatchObject({ accepted: 4, duplicate: 1 });
  await pipeline.send([{ ...envelope, eventId: event.eventId.replace(/.$/, "0"), items: [{ item_id: "i9" }] }]);
  await aggregator.caughtUp();
  expect(await pipeline.eventIds()).toHaveLength(6);
  const items = async () => (await pipeline.lake.query("SELECT item_id FROM sessions ORDER BY item_id")).length;
  await waitFor(async () => (await items()) === 6);
});

test("JSON lines are judged one by one", async () => {
  const event = clickLogFormats.sessions.toClickEvent({ session_id: "s1", item_id: "i1", ts: "1593536687" }, tools);
  const lines = [JSON.stringify(event), JSON.stringify(event), "{", JSON.stringify({ ...event, seq: 0 })];
  const account = await importText("jsonl", lines.join("\n"));
  expect(account).toMatchObject({ read: 4, accepted: 1, duplicate: 1, rejected: 2 });
  expect(account.reasons).toEqual({ EVENT_BODY_MALFORMED: 1, "EVENT_FIELD_INVALID /seq": 1 });
});

test("a missing file and a wrong format are told by code", async () => {
  const options = { lake: pipeline.lake, clock: pipeline.clock.now, tenant: "demo", reject: async () => {} };
  await expect(importClickLog({ ...options, format: "rees46", file: "/nowhere" })).rejects.toMatchObject({
    code: "INPUT_FILE_MISSING",
  });
  await expect(importText("rees46", "a,b\n1,2\n")).rejects.toMatchObject({ code: "INPUT_FORMAT_INVALID" });
});
