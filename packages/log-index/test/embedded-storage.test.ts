import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, errorCodeOf } from "@footfall/base";
import type { FieldTest, LogEntry, LogQuery, TextTest } from "@footfall/service-logs";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EmbeddedLogIndex, type EmbeddedLogIndexOptions } from "../src/embedded/embedded-log-index.ts";
import type { IndexedEntry } from "../src/log-index.ts";

const startMs = Date.UTC(2026, 10, 29, 12);
const dayMs = 86_400_000;
const numRuns = Number(process.env["FC_RUNS"] ?? 8);
const all: LogQuery = { kind: "all" };

function word(text: string, ends: Partial<TextTest> = {}): LogQuery {
  return { kind: "words", text, openStart: false, openEnd: false, ...ends };
}

function field(name: string, test: FieldTest | string): LogQuery {
  if (typeof test !== "string") return { kind: "field", field: name, test };
  return { kind: "field", field: name, test: { kind: "value", text: test, openStart: false, openEnd: false } };
}

function atLeast(value: number): FieldTest {
  return { kind: "range", from: { value, inclusive: true } };
}

let folder: TemporaryFolder;
const opened: EmbeddedLogIndex[] = [];

beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((index) => index.close()));
  await folder.remove();
});

function open(options: Partial<EmbeddedLogIndexOptions> = {}): EmbeddedLogIndex {
  const index = EmbeddedLogIndex.open({ folder: folder.path, ...options });
  opened.push(index);
  return index;
}

function indexed(offset: number, more: Partial<LogEntry> = {}): IndexedEntry {
  const occurredAtMs = startMs + offset;
  const entry = {
    occurredAtMs,
    observedAtMs: occurredAtMs,
    severityNumber: 9,
    body: `line ${offset}`,
    service: "shop",
  };
  return { partition: 0, offset: BigInt(offset), entry: { ...entry, instance: "1", ...more } };
}

async function give(index: EmbeddedLogIndex, entries: readonly IndexedEntry[]): Promise<void> {
  const next = entries.at(-1)!.offset + 1n;
  await index.store(entries, new Map([["logs-0", next]]), await index.progress());
}

function codeOfOpening(options: Partial<EmbeddedLogIndexOptions> = {}): string {
  try {
    open(options);
    return "opened";
  } catch (error) {
    return errorCodeOf(error);
  }
}

describe("each line once", () => {
  /** A line of a file on some day; the agent sends `line` numbers, at times again from an earlier one. */
  const delivery = fc.record({
    /** How far the agent goes back before it sends on. */
    stepsBack: fc.integer({ min: 0, max: 5 }),
    lines: fc.integer({ min: 1, max: 8 }),
    /** A commit that fails: the first, the second … or none. */
    failsAt: fc.option(fc.integer({ min: 0, max: 3 })),
    /** Records that the indexer takes at once when it goes on. */
    batch: fc.integer({ min: 1, max: 20 }),
  });

  it("holds with a kill at any commit, lines of several days, and lines sent again", { timeout: 120_000 }, async () => {
    const run = async (
      deliveries: readonly { stepsBack: number; lines: number; failsAt: number | null; batch: number }[],
    ) => {
      const own = await temporaryFolder();
      const topic: IndexedEntry[] = [];
      let sent = 0;
      try {
        for (const { stepsBack, lines, failsAt, batch } of deliveries) {
          for (let line = Math.max(0, sent - stepsBack); line < sent + lines; line++) {
            const source = { path: "/var/log/a.log", generation: "g", offset: line * 10 };
            // A line sent again without a time of its own gets another one.
            const occurredAtMs = startMs + ((line * 7 + topic.length) % 3) * dayMs;
            topic.push(indexed(topic.length, { source, body: `line ${line}`, occurredAtMs }));
          }
          sent += lines;
          await indexTopic(own.path, topic, batch, failsAt);
        }
        await indexTopic(own.path, topic, 20, null);
        const index = EmbeddedLogIndex.open({ folder: own.path });
        const { entries } = await index.search({ query: all, limit: 1000 });
        const found = entries.map(({ entry }) => entry.source!.offset / 10).sort((a, b) => a - b);
        await index.close();
        expect(found).toEqual(Array.from({ length: sent }, (_, line) => line));
      } finally {
        await own.remove();
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 5 }), run), { numRuns });
  });

  /** Reads the topic on from the progress until it is all stored or a commit fails. */
  async function indexTopic(path: string, topic: readonly IndexedEntry[], batch: number, failsAt: number | null) {
    let commits = 0;
    const beforeCommit = (): void => {
      if (commits++ === failsAt) throw new Error("killed");
    };
    const index = EmbeddedLogIndex.open({ folder: path, beforeCommit });
    try {
      for (;;) {
        const progress = await index.progress();
        const from = Number(progress.get("logs-0") ?? 0n);
        const entries = topic.slice(from, from + batch);
        if (entries.length === 0) return;
        await index.store(entries, new Map([["logs-0", BigInt(from + entries.length)]]), progress);
      }
    } catch (error) {
      expect((error as Error).message).toContain("killed");
    } finally {
      await index.close();
    }
  }

  it("holds where the same index goes on after a failed commit", async () => {
    let failures = 2;
    const index = open({
      beforeCommit: () => {
        if (failures-- > 0) throw new AppError("INDEX_UNAVAILABLE", "The disk is full.", { retriable: true });
      },
    });
    const entries = [indexed(0), indexed(1, { occurredAtMs: startMs + dayMs })];
    for (let tries = 0; tries < 2; tries++) await expect(give(index, entries)).rejects.toThrow("disk is full");
    await give(index, entries);
    expect(await index.count({ query: all })).toBe(2);
  });
});

/** Compresses badly. */
function digestOf(offset: number): string {
  return createHash("sha512").update(`${offset}`).digest("base64");
}

describe("a full disk", () => {
  it("fails for a while and loses nothing", async () => {
    const entries = Array.from({ length: 3_000 }, (_, offset) => indexed(offset, { body: `line ${digestOf(offset)}` }));
    const full = open({ filePagesMax: 40 });
    await give(full, entries.slice(0, 100));
    for (let tries = 0; tries < 2; tries++) {
      const failure = await give(full, entries.slice(100)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "INDEX_UNAVAILABLE", retriable: true });
      expect(await full.count({ query: word("line") })).toBe(100);
      expect((await full.search({ query: all, limit: 1_000 })).entries).toHaveLength(100);
    }
    await give(full, entries.slice(100, 110));
    await full.close();
    const index = open();
    expect(await index.progress()).toEqual(new Map([["logs-0", 110n]]));
    await give(index, entries.slice(110));
    expect((await index.search({ query: word("line"), limit: 10_000, order: "oldest" })).entries).toEqual(entries);
  });
});

describe("writers and readers", () => {
  it("keeps a second writer out until the first one is closed", async () => {
    const first = open();
    expect(codeOfOpening()).toBe("INDEX_LOCKED");
    await first.close();
    expect(codeOfOpening()).toBe("opened");
  });

  it("lets another process search, and not write, while the writer is open", async () => {
    const index = open();
    await give(index, [indexed(0, { body: "one needle" }), indexed(1)]);
    const module = new URL("../src/embedded/embedded-log-index.ts", import.meta.url).href;
    const script = `
      import { EmbeddedLogIndex } from ${JSON.stringify(module)};
      const index = EmbeddedLogIndex.open({ folder: ${JSON.stringify(folder.path)}, isReader: true });
      const { entries } = await index.search({ query: { kind: "words", text: "needle", openStart: false, openEnd: false }, limit: 10 });
      const refused = await index.store([], new Map(), new Map()).catch((error) => error.code);
      console.log(JSON.stringify([entries.map(({ entry }) => entry.body), refused, String([...await index.progress()])]));
      await index.close();`;
    const child = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect(child.stderr).toBe("");
    expect(JSON.parse(child.stdout)).toEqual([["one needle"], "INDEX_LOCKED", "logs-0,2"]);
  });

  it("shows a reader what was stored after it was opened", async () => {
    const reader = open({ isReader: true });
    expect(await reader.progress()).toEqual(new Map());
    expect(await reader.count({ query: all })).toBe(0);
    const index = open();
    for (let offset = 0; offset < 3; offset++) {
      await give(index, [indexed(offset)]);
      expect(await reader.count({ query: word("line") })).toBe(offset + 1);
      expect((await reader.search({ query: all, limit: 9 })).entries).toHaveLength(offset + 1);
    }
    await index.applyRetention(startMs + dayMs);
    expect(await reader.count({ query: all })).toBe(0);
  });

  it("names a damaged file and what to do", async () => {
    await writeFile(join(folder.path, "2026-11-29.db"), "x".repeat(10_000));
    const index = open();
    const failure = await index.count({ query: all }).catch((error: unknown) => error);
    expect(errorCodeOf(failure)).toBe("INDEX_CORRUPT");
    expect(String(failure)).toMatch(/2026-11-29\.db.*rebuild/s);
  });
});

describe("cost", () => {
  it("unpacks few blocks for the newest lines of a common word, and none to count them", async () => {
    const index = open();
    const filler = "abcdefghij ".repeat(30);
    const entries = Array.from({ length: 5_000 }, (_, offset) =>
      indexed(offset, { body: `GET ${filler} ${offset}`, severityNumber: offset % 100 === 0 ? 17 : 9 }),
    );
    await give(index, entries);
    const common: LogQuery = word("get");
    expect((await index.search({ query: common, limit: 100 })).entries).toHaveLength(100);
    expect(index.blocksUnpacked).toBeLessThanOrEqual(3);
    const before = index.blocksUnpacked;
    expect(await index.count({ query: common })).toBe(5_000);
    expect(await index.count({ query: common, fromMs: startMs + 100, toMs: startMs + 4_900 })).toBe(4_800);
    const errors = field("level", atLeast(17));
    expect(await index.count({ query: { kind: "and", parts: [errors, common] } })).toBe(50);
    expect(await index.count({ query: { kind: "not", part: errors } })).toBe(4_950);
    const fine: LogQuery = { kind: "not", part: errors };
    expect(await index.count({ query: { kind: "or", parts: [fine, word("200")] } })).toBe(4_951);
    await index.histogram({ query: common, bucketMs: 1_000 });
    expect(index.blocksUnpacked).toBe(before);
  });

  it("makes one block of many small calls", async () => {
    const index = open();
    for (let offset = 0; offset < 50; offset++) await give(index, [indexed(offset)]);
    await index.search({ query: all, limit: 50 });
    expect(index.blocksUnpacked).toBe(1);
  });

  it("ends a search at its budget without a gap, and goes on", async () => {
    const index = open({ searchBlocksMax: 1 });
    const body = "no such line ".repeat(500);
    const entries = Array.from({ length: 60 }, (_, offset) =>
      indexed(offset, { body: offset % 25 === 0 ? `needle ${offset}` : body }),
    );
    await give(index, entries);
    for (const order of ["newest", "oldest"] as const) {
      const found: string[] = [];
      let pages = 0;
      for (let cursor: string | undefined = ""; cursor !== undefined; pages++) {
        const query = word("eedle", { openStart: true });
        const page = await index.search({ query, limit: 10, order, ...(cursor && { cursor }) });
        found.push(...page.entries.map(({ entry }) => entry.body));
        expect(page.isComplete).toBe(page.next === undefined);
        cursor = page.next;
      }
      const inOrder = ["needle 0", "needle 25", "needle 50"];
      expect(found).toEqual(order === "oldest" ? inOrder : inOrder.toReversed());
      expect(pages).toBeGreaterThan(2);
    }
  });

  // grafana/loki#2863: cardinality limit
  it("finds values of a field that has very many", async () => {
    const index = open();
    const entries = Array.from({ length: 1_500 }, (_, offset) =>
      indexed(offset, { attributes: { user: `User-${offset}`, size: offset }, traceId: `${offset}`.padStart(32, "a") }),
    );
    await give(index, entries);
    for (const offset of [0, 999, 1_000, 1_499]) {
      for (const [name, value] of [
        ["user", `user-${offset}`],
        ["size", `${offset}`],
        ["trace", `${offset}`.padStart(32, "a")],
      ] as const) {
        const before = index.blocksUnpacked;
        expect(await index.count({ query: field(name, value) })).toBe(1);
        expect(index.blocksUnpacked - before).toBeLessThanOrEqual(3);
      }
    }
    expect(await index.count({ query: field("size", atLeast(900)) })).toBe(600);
    const before = index.blocksUnpacked;
    expect(await index.count({ query: field("user", { kind: "exists" }) })).toBe(1_500);
    expect(index.blocksUnpacked).toBe(before);
  });

  it("finds fields whose names it no longer knows, since there are very many", async () => {
    const index = open();
    const entries = Array.from({ length: 300 }, (_, offset) =>
      indexed(offset, { attributes: { [`a.f${offset}`]: offset } }),
    );
    await give(index, entries);
    for (const offset of [0, 299]) {
      expect(await index.count({ query: field(`f${offset}`, `${offset}`) })).toBe(1);
      expect(await index.count({ query: field(`f${offset}`, { kind: "exists" }) })).toBe(1);
      expect(await index.count({ query: field(`f${offset}`, atLeast(300)) })).toBe(0);
    }
  });

  it("keeps few files open, however many days there are", async () => {
    const index = open({ segmentsOpenMax: 2 });
    const days = Array.from({ length: 12 }, (_, day) => indexed(day, { occurredAtMs: startMs + day * 30 * dayMs }));
    await give(index, days);
    expect(await index.count({ query: all })).toBe(12);
    expect((await readdir(folder.path)).filter((name) => /^\d.*\.db$/.test(name))).toHaveLength(12);
    expect((await index.search({ query: all, limit: 12, order: "oldest" })).entries).toEqual(days);
  });
});
