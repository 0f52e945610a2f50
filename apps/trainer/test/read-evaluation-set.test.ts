import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { TimedSessions } from "@footfall/similarity/evaluation";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClickFileFormatName, readEvaluationSet, readEvaluationSets } from "../src/evaluation/index.ts";

const noon = 1_396_440_000; // 2014-04-02 12:00:00 UTC

/** The same three sessions in every format: s1 = a b, s2 = a (ends last), s3 = b a. Others' rows are no views. */
const files: Readonly<Record<Exclude<ClickFileFormatName, "prefixes">, string>> = {
  "session-rec": `SessionId\tItemId\tTime
s2\ta\t${noon + 90}.5
s1\tb\t${noon + 20}
s1\ta\t${noon}
s3\tb\t${noon + 5}
s3\ta\t${noon + 30}
`,
  yoochoose: `s2,2014-04-02T12:01:30.500Z,a,0
s1,2014-04-02T12:00:20.000Z,b,S
s1,2014-04-02T12:00:00.000Z,a,0
s3,2014-04-02T12:00:05.000Z,b,0
s3,2014-04-02T12:00:30.000Z,a,0
`,
  retailrocket: `timestamp_s,visitorid,event,itemid,sessionid,categoryid
${noon + 90}.5,v,view,a,s2,1
${noon + 91},v,transaction,b,s2,1
${noon + 20},v,view,b,s1,1
${noon},v,view,a,s1,1
${noon + 5},w,view,b,s3,1
${noon + 30},w,view,a,s3,1
`,
  "retailrocket-events": `timestamp,visitorid,event,itemid,transactionid
${noon + 90}500,s2,view,a,
${noon + 90}600,s2,addtocart,b,
${noon + 20}000,s1,view,b,
${noon}000,s1,view,a,
${noon + 5}000,s3,view,b,
${noon + 30}000,s3,view,a,
`,
  diginetica: `session_id;user_id;item_id;timeframe;eventdate
s2;NA;a;43290500;2014-04-02
s1;7;b;43220000;2014-04-02
s1;7;a;43200000;2014-04-02
s3;NA;b;43205000;2014-04-02
s3;NA;a;43230000;2014-04-02
`,
  otto: `{"session":"s2","events":[{"aid":"a","ts":${noon + 90}500,"type":"clicks"},{"aid":"b","ts":${noon + 91}000,"type":"carts"}]}
{"session":"s1","events":[{"aid":"a","ts":${noon}000,"type":"clicks"},{"aid":"b","ts":${noon + 20}000,"type":"clicks"}]}
{"session":"s3","events":[{"aid":"b","ts":${noon + 5}000,"type":"clicks"},{"aid":"a","ts":${noon + 30}000,"type":"clicks"}]}
`,
  rees46: `event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2014-04-02 12:01:30.5 UTC,view,a,1,,,1.0,v,s2
2014-04-02 12:00:20 UTC,view,b,1,,,1.0,v,s1
2014-04-02 12:00:00 UTC,view,a,1,,,1.0,v,s1
2014-04-02 12:00:01 UTC,purchase,a,1,,,1.0,v,s1
2014-04-02 12:00:05 UTC,view,b,1,,,1.0,w,s3
2014-04-02 12:00:30 UTC,view,a,1,,,1.0,w,s3
`,
  sessions: `session_id,item_id,ts
s2,a,${noon + 90}.5
s1,b,${noon + 20}
s1,a,${noon}
s3,b,${noon + 5}
s3,a,${noon + 30}
`,
};

describe("readEvaluationSet", () => {
  let folder: TemporaryFolder;
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, text);
    return path;
  };
  beforeAll(async () => void (folder = await temporaryFolder()));
  afterAll(() => folder.remove());

  it.each(Object.keys(files) as (keyof typeof files)[])("reads %s", async (format) => {
    const path = await write(format, files[format]);
    const { itemIds, train, test } = await readEvaluationSet({ format, train: path, test: path });
    expect(itemIds).toEqual(["a", "b"]);
    // By their ends: s1, s3, s2.
    expect([...train.items]).toEqual([0, 1, 1, 0, 0]);
    expect([...train.offsets]).toEqual([0, 2, 4, 5]);
    expect([...train.endTimesMs]).toEqual([20_000, 30_000, 90_500].map((ms) => noon * 1000 + ms));
    expect([...(train as TimedSessions).clickTimesMs]).toEqual(
      [0, 20_000, 5000, 30_000, 90_500].map((ms) => noon * 1000 + ms),
    );
    expect([...train.fileOrder!]).toEqual([2, 0, 1]);
    // With one click there is nothing to predict.
    expect([...test.offsets]).toEqual([0, 2, 4]);
  });

  it("leaves out of the test what training does not know", async () => {
    const header = "session_id,item_id,ts\n";
    const train = await write("train", `${header}s1,a,1\ns1,b,2\n`);
    const test = await write("test", `${header}t1,a,1\nt1,x,2\nt1,b,3\nt2,x,1\nt2,a,2\n`);
    const set = await readEvaluationSet({ format: "sessions", train, test });
    expect([...set.test.items]).toEqual([0, 1]);
  });

  it("reads prefixes and their targets, plain or packed", async () => {
    const train = await write("train.txt", "1 2\n2 3 2\n3\n");
    const text = "1 3\t2\n2\t9\n9 2\t3\n";
    const plain = await write("test.txt", text);
    const packed = join(folder.path, "test.txt.gz");
    await writeFile(packed, gzipSync(text));
    for (const test of [plain, packed]) {
      const set = await readEvaluationSet({ format: "prefixes", train, test });
      expect(set.predicts).toBe("last click");
      expect(set.itemIds).toEqual(["2", "3", "1"]);
      expect([...set.train.offsets]).toEqual([0, 2, 5, 6]);
      // Item 9 is new: no target, and nothing to go by.
      expect([...set.test.items]).toEqual([2, 1, 0, 0, 1]);
      expect([...set.test.offsets]).toEqual([0, 3, 5]);
    }
  });

  it("filters one log as the papers do and predicts its last day", async () => {
    const day = 86_400;
    const clicks = ["session_id,item_id,ts"];
    // Ten days of a-b and, at the end, b-a-c; c has four clicks, one of them in a session that it leaves alone.
    for (let n = 0; n < 10; n++) clicks.push(`s${n},a,${n * day}`, `s${n},b,${n * day + 60}`);
    for (let n = 0; n < 3; n++)
      clicks.push(`e${n},b,${10 * day}`, `e${n},a,${10 * day + n}`, `e${n},c,${10 * day + n}`);
    clicks.push(`single,a,${5 * day}`, `lonely,c,${5 * day}`, `lonely,x,${5 * day}`);
    const file = await write("log.csv", clicks.join("\n"));
    const sets = [];
    for await (const set of readEvaluationSets({ format: "sessions", file, split: "last-day" })) sets.push(set);
    expect(sets.map(({ itemIds, train, test }) => [itemIds, train.sessionCount, test.sessionCount])).toEqual([
      [["a", "b"], 9, 4],
    ]);
  });

  it("cuts windows as published", async () => {
    const day = 86_400;
    const clicks = ["session_id,item_id,ts"];
    for (let n = 0; n < 140; n++) clicks.push(`s${n},a,${n * day}`, `s${n},b,${n * day + 60}`);
    const file = await write("days.csv", clicks.join("\n"));
    const sizes = [];
    for await (const set of readEvaluationSets({ format: "sessions", file, split: "retailrocket-windows" })) {
      sizes.push([set.train.endTimesMs[0]! / day / 1000, set.train.sessionCount, set.test.sessionCount]);
    }
    expect(sizes.map(([first, ...counts]) => [Math.floor(first!), ...counts])).toEqual([
      [0, 25, 2],
      [27, 25, 2],
      [54, 25, 2],
      [81, 25, 2],
      [108, 25, 2],
    ]);
  });

  it("says what is missing, or in another form", async () => {
    const path = await write("digits", "1 2 3\n");
    const none = join(folder.path, "none");
    const read = (train: string) => readEvaluationSet({ format: "sessions", train, test: path });
    await expect(read(none)).rejects.toMatchObject({
      code: "INPUT_FILE_MISSING",
      message: expect.stringContaining(none),
    });
    await expect(read(path)).rejects.toMatchObject({
      code: "INPUT_FORMAT_INVALID",
      message: expect.stringContaining("session_id,item_id,ts"),
    });
    const empty = await write("empty", "session_id,item_id,ts\n");
    await expect(read(empty)).rejects.toMatchObject({ code: "INPUT_FORMAT_INVALID" });
  });
});
