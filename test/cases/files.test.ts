import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { type ImportAccount, importClickLog } from "@footfall/aggregator/import";
import { systemClock } from "@footfall/base";
import type { RejectedEvent } from "@footfall/events";
import type { ClickLogFormatName } from "@footfall/events/formats";
import { type Lake, openLake } from "@footfall/lake";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReadRow, readClickLog } from "../../scripts/replay/read-click-log.ts";
import { runCommand } from "../run-command.ts";
import { showCase } from "./cases-report.ts";

let folder: TemporaryFolder;
let lake: Lake;
let rejected: RejectedEvent[];
beforeEach(async () => {
  folder = await temporaryFolder();
  lake = await openLake({ root: join(folder.path, "lake"), clock: systemClock, threads: 1 });
  rejected = [];
});
afterEach(async () => {
  await lake.close();
  await folder.remove();
});

async function put(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

async function importFile(format: ClickLogFormatName, file: string): Promise<ImportAccount> {
  rejected = [];
  const account = await importClickLog({
    lake,
    clock: systemClock,
    format,
    file,
    tenant: "demo",
    reject: async (rows) => {
      rejected.push(...rows);
    },
  });
  expect(rejected).toHaveLength(account.rejected);
  return account;
}

async function replayed(format: ClickLogFormatName, file: string): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const row of readClickLog(file, format, "demo")) rows.push(row);
  return rows;
}

interface StoredEvent {
  readonly name: string;
  readonly session_id: string;
  readonly transaction_id: string | null;
  readonly at_ms: number;
  readonly items: string;
}

async function stored(): Promise<readonly StoredEvent[]> {
  return lake.query<StoredEvent>(
    `SELECT name, session_id, transaction_id, epoch_ms(occurred_at)::DOUBLE AS at_ms, items FROM events
     ORDER BY occurred_at, event_id`,
  );
}

async function storedItems(): Promise<readonly string[]> {
  const items = (await stored()).map((row) => (JSON.parse(row.items) as { item_id: string }[])[0]!.item_id);
  return items.sort();
}

const header = "session_id,item_id,ts\n";
const rees46Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";
const rees46Row = (item: string, price: string) =>
  `2026-10-01 00:00:00 UTC,view,${item},900000000000000001,,acme,${price},7001,s1\n`;

describe("rows with broken quotes", () => {
  const rows = 3_000;
  it.each([
    ["text after the closing quote", '"Best" TV', "text follows the closing quote of column 2"],
    ["a quote escaped by a backslash", '"24\\" TV"', "text follows the closing quote of column 2"],
    ["a quote that is never closed", '"item10', "the quote of column 2 is never closed"],
  ])("%s costs its own row and no other", async (kind, cell, problem) => {
    const lines = Array.from({ length: rows }, (_, i) => `s${i >> 1},${i === 10 ? cell : `i${i}`},${1.7e9 + i}`);
    const file = await put("broken.csv", `${header}${lines.join("\n")}\n`);
    expect(await importFile("sessions", file)).toMatchObject({
      read: rows,
      accepted: rows - 1,
      duplicateInFile: 0,
      duplicateInLake: 0,
      rejected: 1,
    });
    expect(rejected[0]).toMatchObject({
      code: "EVENT_BODY_MALFORMED",
      event: lines[10],
      reason: `Line 12: ${problem}.`,
    });
    const sent = await replayed("sessions", file);
    expect(sent.filter((row) => "event" in row)).toHaveLength(rows - 1);
    expect(sent[10]).toMatchObject({ text: lines[10], problem: `Line 12: ${problem}.` });
    await showCase(`CSV row with ${kind}`, "that row refused with its line, its text kept; all others taken");
  });

  it("tells repeats within the file from what the lake holds", async () => {
    const file = await put(
      "twice.csv",
      `${header}s1,a,1700000000\ns1,a,1700000000\n"s1","a",1700000000\ns1,b,1700000001\n`,
    );
    expect(await importFile("sessions", file)).toMatchObject({ read: 4, accepted: 2, duplicateInFile: 2 });
    expect(await importFile("sessions", file)).toMatchObject({ accepted: 0, duplicateInFile: 2, duplicateInLake: 2 });
    await showCase("the same row twice, and again", "taken once; repeats counted in the file and in the lake");
  });
});

describe("file names", () => {
  it.each(["oct[1].csv", "oct*.csv", "oct?.csv", "oct].csv", "it's oct.csv"])("%s is that file", async (name) => {
    await put("oct1.csv", `${header}s1,other,1700000000\n`);
    const file = await put(name, `${header}s1,mine,1700000000\n`);
    await importFile("sessions", file);
    expect(await storedItems()).toEqual(["mine"]);
    await showCase(`a file named ${name}`, "only the named file is read");
  });
});

describe("times", () => {
  it("are read with offsets, microseconds and exponents; the rest is refused with its text", async () => {
    const times = [
      ["a", "2023-11-14T22:13:20+00:00", 1_700_000_000_000],
      ["b", "2023-11-14 22:13:30+00:00", 1_700_000_010_000],
      ["c", "2023-11-14T23:13:40+01:00", 1_700_000_020_000],
      ["d", "1.70000003E+09", 1_700_000_030_000],
      ["e", "1700000040123456", 1_700_000_040_123],
      ["f", "2023-11-14T22:14:10.123456Z", 1_700_000_050_123],
      ["g", "1700000060.25", 1_700_000_060_250],
      ["h", "2023-11-15", Date.UTC(2023, 10, 15)],
      ["i", "2023-11-15 01:02", Date.UTC(2023, 10, 15, 1, 2)],
    ] as const;
    const lines = [...times.map(([item, time]) => `s1,${item},${time}`), "s1,j,-5", "s1,k,", "s1,l,soon"];
    const account = await importFile("sessions", await put("times.csv", `${header}${lines.join("\n")}\n`));
    expect(account).toMatchObject({ accepted: times.length, rejected: 3 });
    expect((await stored()).map((row) => row.at_ms)).toEqual(times.map(([, , timeMs]) => timeMs));
    const soon = rejected.find(({ event }) => JSON.stringify(event).includes("soon"))!;
    expect(soon.reason).toContain('"soon"');
    await showCase("times with offsets, microseconds, exponents", "read; what is no time is refused with its text");
  });

  it("in seconds are never stored as 1970", async () => {
    const event = (id: number, occurredAtMs: number) => ({
      eventId: `00000000-0000-4000-8000-00000000000${id}`,
      name: "view_item",
      visitorId: "v1",
      sessionId: "s1",
      occurredAtMs,
      items: [{ item_id: "i1" }],
    });
    const lines = [event(0, 1_700_000_000), event(1, 1_700_000_000_000)].map((line) => JSON.stringify(line));
    const account = await importFile("jsonl", await put("seconds.jsonl", lines.join("\n")));
    expect(account).toMatchObject({ accepted: 1, rejected: 1 });
    expect(rejected[0]).toMatchObject({ code: "EVENT_TIME_TOO_OLD", event: event(0, 1_700_000_000) });
    expect(rejected[0]!.reason).toContain("looks like seconds");
    await showCase("occurredAtMs in seconds", "refused as EVENT_TIME_TOO_OLD: it looks like seconds");
  });
});

describe("cells", () => {
  it("that are no number are kept and quoted in the reason", async () => {
    const rows = [rees46Row("1", "35.79"), rees46Row("2", '"33,2O"'), rees46Row("3", "nan"), rees46Row("4", "1.2e2")];
    const account = await importFile("rees46", await put("rees46.csv", rees46Header + rows.join("")));
    expect(account).toMatchObject({ read: 4, accepted: 3, rejected: 1 });
    expect(rejected[0]!.event).toMatchObject({ items: [{ item_id: "2", price: "33,2O" }] });
    expect(rejected[0]!.reason).toContain('"33,2O"');
    await showCase("a price that is no number", "refused, its text kept and quoted; `nan` is no price");
  });

  it("that stand for no value are no ids, and spaces around ids do not count", async () => {
    const words = ["NULL", "\\N", "nan", "NA"].map((word, second) => `s1,${word},170000000${second}`);
    const account = await importFile("sessions", await put("nulls.csv", `${header}${words.join("\n")}\n`));
    expect(account).toMatchObject({ accepted: 1, rejected: 3 });
    expect(rejected[0]).toMatchObject({ code: "EVENT_FIELD_INVALID", field: "/items/0/item_id" });
    expect(rejected[0]!.reason).toContain('"NULL"');
    await importFile("sessions", await put("spaces.csv", `${header}s2, a ,1700000005\n s2,a,1700000006\n`));
    expect(await storedItems()).toEqual(["NA", "a", "a"]);
    expect(new Set((await stored()).map((row) => row.session_id))).toEqual(new Set(["s1", "s2"]));
    await showCase("NULL, \\N, nan as ids; spaces around ids", "refused; trimmed");
  });
});

describe("published files", () => {
  it("RetailRocket's events.csv gets sessions by 30 minutes of quiet, in import and replay", async () => {
    const lines = [
      "timestamp,visitorid,event,itemid,transactionid",
      "1433224215164,502,addtocart,9002,",
      "1433224214164,502,view,9002,",
      "1433226016165,502,view,9003,",
      "1433222276276,503,transaction,9003,4000",
    ];
    const file = await put("events.csv", `${lines.join("\n")}\n`);
    expect(await importFile("retailrocket", file)).toMatchObject({ accepted: 4, rejected: 0 });
    const rows = await stored();
    expect(rows.map((row) => row.session_id)).toEqual([
      "503-1433222276276",
      "502-1433224214164",
      "502-1433224214164",
      "502-1433226016165",
    ]);
    expect(rows[0]).toMatchObject({ name: "purchase", transaction_id: "4000" });
    const sent = (await replayed("retailrocket", file)).map((row) => "event" in row && row.event.sessionId);
    expect(sent.sort()).toEqual(rows.map((row) => row.session_id).sort());
    await showCase("RetailRocket's events.csv", "taken; sessions end after 30 minutes of quiet");
  });

  it("yoochoose-buys.dat is purchases with price and quantity", async () => {
    const file = await put("buys.dat", "11,2014-04-06T18:44:58.314Z,214500001,12462,1\n");
    expect(await importFile("yoochoose", file)).toMatchObject({ accepted: 1 });
    const [row] = await stored();
    expect(row!.name).toBe("purchase");
    expect(JSON.parse(row!.items)).toEqual([{ item_id: "214500001", price: 12_462, quantity: 1 }]);
    await showCase("yoochoose-buys.dat", "purchases with price and quantity");
  });
});

describe("how files are written", () => {
  const text = `${header}s1,a,1700000000\ns1,b,1700000001\n`;

  it.each(["gz", "zst"])("%s files are read", async (ending) => {
    const plain = await put("plain.csv", text);
    const file = ending === "gz" ? await put("packed.csv.gz", gzipSync(text)) : await zstd(plain);
    expect(await importFile("sessions", file)).toMatchObject({ read: 2, accepted: 2 });
    expect(await replayed("sessions", file)).toHaveLength(2);
    await showCase(`a .${ending} file`, "read, whatever it is named");
  });

  it("a packed file that was cut off is refused, not taken in part", async () => {
    const file = await put("cut.csv.gz", gzipSync(text.repeat(100)).subarray(0, 60));
    await expect(importFile("sessions", file)).rejects.toMatchObject({ code: "INPUT_FORMAT_INVALID" });
    await showCase("a .gz file that was cut off", "INPUT_FORMAT_INVALID; nothing is taken");
  });

  it("a byte order mark and mixed line ends do not count", async () => {
    const csv = await put(
      "bom.csv",
      `\ufeff${header.trimEnd()}\r\ns1,a,1700000000\ns1,b,1700000001\r\ns1,c,1700000002\r`,
    );
    expect(await importFile("sessions", csv)).toMatchObject({ read: 3, accepted: 3 });
    const event = { name: "view_item", visitorId: "v", sessionId: "s", occurredAtMs: 1_700_000_000_000 };
    const line = JSON.stringify({ ...event, eventId: "00000000-0000-4000-8000-000000000000", page_title: "a\u2028b" });
    const jsonl = await put("bom.jsonl", `\ufeff${line}\r\n`);
    expect(await importFile("jsonl", jsonl)).toMatchObject({ read: 1, accepted: 1 });
    expect(await replayed("jsonl", jsonl)).toMatchObject([{ event: { visitorId: "v" } }]);
    await showCase("byte order marks, mixed line ends", "read");
  });

  it.each(["UTF-16 with a mark", "UTF-16 without one"])("%s is told, and how to convert it", async (kind) => {
    const bytes = Buffer.from(kind.endsWith("mark") ? `\ufeff${text}` : text, "utf16le");
    const file = await put("utf16.csv", bytes);
    await expect(importFile("sessions", file)).rejects.toMatchObject({
      code: "INPUT_FORMAT_INVALID",
      message: expect.stringMatching(/UTF-16.*iconv/) as string,
    });
    await showCase(kind, "INPUT_FORMAT_INVALID, with the command that converts it");
  });
});

it("a tenant that is no name never reaches a path", async () => {
  const file = await put("one.csv", `${header}s1,a,1700000000\n`);
  const options = ["--format", "sessions", "--file", file, "--storage", join(folder.path, "storage")];
  const { exitCode, stderr } = await runCommand("scripts/import.ts", [...options, "--tenant", "../evil"]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/--tenant.*1 to 64 lower-case letters, digits and hyphens/);
  await showCase("--tenant ../evil", "refused before anything is written");
});

async function zstd(plain: string): Promise<string> {
  const packed = join(folder.path, "packed.bin");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (FROM read_csv('${plain}', all_varchar = true))
    TO '${packed}' (FORMAT csv, COMPRESSION zstd, HEADER true)`);
  connection.closeSync();
  instance.closeSync();
  expect((await readFile(packed)).subarray(0, 4)).toEqual(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
  return packed;
}
