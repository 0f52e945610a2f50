import { seededRandom } from "@footfall/base";
import { entryMatcher, type LogQuery, parseQuery } from "@footfall/service-logs";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbeddedLogIndex } from "../src/embedded/embedded-log-index.ts";
import type { IndexedEntry } from "../src/log-index.ts";

const startMs = Date.UTC(2026, 10, 29, 1);
const filler = " of a long line that fills its block".repeat(60);
const count = 6_000;

/** Every eighth entry is a second late, so that blocks overlap in time. */
function entryAt(offset: number, random: () => number): IndexedEntry {
  const occurredAtMs = startMs + offset * 10 - (offset % 8 === 0 ? 1_000 : 0);
  const address = `10.3.${Math.floor(random() * 20)}.${Math.floor(random() * 20)}`;
  const entry = {
    occurredAtMs,
    observedAtMs: occurredAtMs,
    severityNumber: offset % 50 === 0 ? 17 : 9,
    body: `${address} asked for item-${Math.floor(random() * 400)}${filler}`,
    service: "shop",
    instance: offset % 3 === 0 ? "1" : "2",
  };
  return { partition: 0, offset: BigInt(offset), entry };
}

/** Two groups of blocks and more: what searches skip whole. */
describe("a day of many blocks", () => {
  let folder: TemporaryFolder;
  let index: EmbeddedLogIndex;
  const entries: IndexedEntry[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    index = EmbeddedLogIndex.open({ folder: folder.path });
    const random = seededRandom(18);
    for (let offset = 0; offset < count; offset += 1) entries.push(entryAt(offset, random));
    // In two parts with a search between them: the segment must see what comes later.
    const half = BigInt(count / 2);
    await index.store(entries.slice(0, count / 2), new Map([["logs-0", half]]), new Map([["logs-0", undefined]]));
    expect(await index.count({ query: { kind: "all" } })).toBe(count / 2);
    await index.store(entries.slice(count / 2), new Map([["logs-0", BigInt(count)]]), new Map([["logs-0", half]]));
  }, 120_000);

  afterAll(async () => {
    await index?.close();
    await folder?.remove();
  });

  const queries = [
    "10.3.7.9",
    "item-77",
    '"10.3.7.9 asked for item"',
    "level:error item-5*",
    "-item-77",
    "long",
    "nothing",
  ];
  const ranges = [
    {},
    { fromMs: startMs + 12_345, toMs: startMs + 12_400 },
    { fromMs: startMs + 5_000, toMs: startMs + count * 9 },
  ];

  for (const text of queries) {
    for (const range of ranges) {
      it(`finds and counts ${text} in ${JSON.stringify(range)} as the language means it`, async () => {
        const query = queryOf(text);
        const isMeant = entryMatcher(query);
        const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = range;
        const meant = entries
          .filter(({ entry }) => entry.occurredAtMs >= fromMs && entry.occurredAtMs < toMs && isMeant(entry))
          .sort((a, b) => a.entry.occurredAtMs - b.entry.occurredAtMs || Number(a.offset - b.offset))
          .map(({ offset }) => offset);
        expect(await index.count({ query, ...range })).toBe(meant.length);
        const buckets = await index.histogram({ query, ...range, bucketMs: 1_000 });
        const inBuckets = buckets.flatMap(({ countsBySeverity }) => [...countsBySeverity.values()]);
        expect(inBuckets.reduce((sum, each) => sum + each, 0)).toBe(meant.length);
        const oldest = await index.search({ query, ...range, limit: 70, order: "oldest" });
        expect(oldest.entries.map(({ offset }) => offset)).toEqual(meant.slice(0, 70));
        const newest = await index.search({ query, ...range, limit: 70 });
        expect(newest.entries.map(({ offset }) => offset)).toEqual(meant.toReversed().slice(0, 70));
      });
    }
  }

  it("asks the index for the rare words of a phrase alone, and looks into few blocks", async () => {
    const query = queryOf("10.3.7.9");
    await index.count({ query });
    const before = index.blocksUnpacked;
    const found = await index.count({ query });
    // Beside those with 9.7: the block that holds 7 and 9 for another reason is rare.
    expect(index.blocksUnpacked - before).toBeLessThan(4 * found + 20);
  });

  it.each([3, count / 2, count - 4])("shows the lines around the %ith, wherever in the day it is", async (at) => {
    const { entry, offset, partition } = entries[at]!;
    const around = await index.around({ partition, offset, occurredAtMs: entry.occurredAtMs }, 3, 3);
    const own = entries.filter((other) => other.entry.instance === entry.instance).map((other) => other.offset);
    const place = own.indexOf(offset);
    expect(around?.before.map((other) => other.offset)).toEqual(own.slice(Math.max(0, place - 3), place));
    expect(around?.after.map((other) => other.offset)).toEqual(own.slice(place + 1, place + 4));
  });
});

function queryOf(text: string): LogQuery {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.query;
}
