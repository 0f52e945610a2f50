import { randomUUID } from "node:crypto";
import { errorCodeOf } from "@footfall/base";
import type { IndexedEntry, LogIndex } from "@footfall/log-index";
import { OpenSearchLogIndex, type OpenSearchLogIndexOptions } from "@footfall/log-index/opensearch";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type HttpProxy, type Interception, startHttpProxy } from "./http-proxy.ts";
import { describeWithOpenSearch } from "./opensearch-or-skip.ts";

const noonMs = Date.UTC(2026, 10, 29, 12);

/** Lines of a file, one a byte, at the offsets of partition 0. */
function lines(from: number, to: number, shift = 0): IndexedEntry[] {
  return Array.from({ length: to - from }, (_, at) => {
    const offset = from + at;
    const entry = {
      occurredAtMs: noonMs + offset,
      observedAtMs: noonMs + offset,
      severityNumber: 9,
      body: `line ${offset}`,
      service: "shop",
      instance: "shop-1",
      source: { path: "/var/log/shop.log", generation: "g1", offset },
    };
    return { partition: 0, offset: BigInt(offset + shift), entry };
  });
}

async function bodiesOf(index: LogIndex): Promise<string[]> {
  const bodies: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await index.search({
      query: { kind: "all" },
      limit: 10_000,
      order: "oldest",
      ...(cursor && { cursor }),
    });
    bodies.push(...page.entries.map(({ entry }) => entry.body));
    cursor = page.next;
  } while (cursor !== undefined);
  return bodies;
}

const bodies = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
const nextOffset = (offset: number) => new Map([["logs-0", BigInt(offset)]]);
const codeOf = (call: Promise<unknown>) => call.then(() => "resolved", errorCodeOf);

describeWithOpenSearch("the index in OpenSearch", (server) => {
  let indexPrefix = "";
  const proxies: HttpProxy[] = [];

  beforeEach(() => void (indexPrefix = `t${randomUUID()}`));
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  const open = (more: Partial<OpenSearchLogIndexOptions> = {}) =>
    OpenSearchLogIndex.open({
      url: server().url,
      indexPrefix,
      replicas: 0,
      refresh: "true",
      patienceMs: 120_000,
      ...more,
    });
  const openBehind = async (intercept: Interception, more: Partial<OpenSearchLogIndexOptions> = {}) => {
    const proxy = await startHttpProxy(server().url, intercept);
    proxies.push(proxy);
    return open({ url: proxy.url, ...more });
  };
  /** Until the server has taken the first request of a bulk, of 5,000, and works at the next. */
  const middleOfBulk = (): Promise<boolean> =>
    waitFor(async () => (await documentsWritten()) > 5_000, { deadlineMs: 60_000, what: "a part of the bulk" });
  const documentsWritten = async (): Promise<number> => {
    const response = await fetch(`${server().url}/${indexPrefix}-logs-*/_stats/indexing`);
    const stats = (await response.json()) as { _all: { primaries: { indexing?: { index_total: number } } } };
    return stats._all.primaries.indexing?.index_total ?? 0;
  };

  it(
    "has every line once after the server was killed in the middle of a bulk, also if the writer dies, too",
    { timeout: 600_000 },
    async () => {
      const count = 12_000;
      const first = await open({ patienceMs: 1 });
      const outcome = codeOf(first.store(lines(0, count), nextOffset(count), new Map()));
      await middleOfBulk();
      await server().kill();
      expect(await outcome).toBe("INDEX_UNAVAILABLE");
      await server().restart();

      const second = await open();
      expect(await second.progress()).toEqual(new Map());
      const stored = second.store(lines(0, count), nextOffset(count), new Map());
      await middleOfBulk();
      await server().kill();
      await server().restart();
      const { repeated } = await stored;
      expect(repeated).toBeGreaterThanOrEqual(5_000);
      expect(await second.progress()).toEqual(nextOffset(count));
      expect(await bodiesOf(second)).toEqual(bodies(count));
    },
  );

  // vectordotdev/vector#140, #2968, elastic/logstash#1631: a bulk is answered 200, and the refused items are lost
  it("loses no item of a bulk that is refused for now, and sends only such items again", async () => {
    const sent: number[] = [];
    const index = await openBehind(async ({ path, body }, forward) => {
      if (!path.startsWith("/_bulk") || !body.includes('"create"')) return forward();
      const items = body
        .trimEnd()
        .split("\n")
        .flatMap((action, at, all) => (at % 2 === 0 ? [`${action}\n${all[at + 1]}\n`] : []));
      sent.push(items.length);
      const isRefused = (at: number) => items.length > 1 && at % 3 === 0;
      const taken = await forward(items.filter((_, at) => !isRefused(at)).join(""));
      const results = (JSON.parse(taken.body) as { items: unknown[] }).items;
      const error = { type: "rejected_execution_exception", reason: "queue is full" };
      const refused = () => ({ create: { status: sent.length % 2 === 0 ? 503 : 429, error } });
      return {
        status: 200,
        body: JSON.stringify({
          errors: true,
          items: items.map((_, at) => (isRefused(at) ? refused() : results.shift())),
        }),
      };
    });
    expect(await index.store(lines(0, 20), nextOffset(20), new Map())).toEqual({ stored: 20, repeated: 0, expired: 0 });
    expect(sent).toEqual([20, 7, 3, 1]);
    expect(await bodiesOf(index)).toEqual(bodies(20));
  });

  it("loses nothing to refused requests and lost answers", async () => {
    let requests = 0;
    const index = await openBehind(async ({ method }, forward) => {
      requests += 1;
      if (requests % 4 === 1) return { status: 429, body: "later" };
      if (requests % 4 === 2) return { status: 502, body: "<html>" };
      const answer = await forward();
      // Of what changes something, the first answer is lost.
      return requests % 4 === 3 && method !== "GET" ? "cut" : answer;
    });
    await index.store(lines(0, 20), nextOffset(20), new Map());
    expect(await index.progress()).toEqual(nextOffset(20));
    expect(await bodiesOf(index)).toEqual(bodies(20));
  });

  it("gives up when patience ends, with nothing of the progress moved", async () => {
    const full = '{"items":[{"create":{"status":429,"error":{"type":"rejected","reason":"queue is full"}}}]}';
    const index = await openBehind(
      async ({ path }, forward) => (path.startsWith("/_bulk") ? { status: 200, body: full } : forward()),
      { patienceMs: 500 },
    );
    expect(await codeOf(index.store(lines(0, 1), nextOffset(1), new Map()))).toBe("INDEX_UNAVAILABLE");
    expect(await index.progress()).toEqual(new Map());
  });

  it("hands over what the server will never take, and stores the rest", async () => {
    const [bad, good] = lines(0, 2) as [IndexedEntry, IndexedEntry];
    const tooLong = { ...bad, entry: { ...bad.entry, service: "s".repeat(40_000) } };
    const strict = await open();
    expect(await codeOf(strict.store([tooLong, good], nextOffset(2), new Map()))).toBe("INDEX_ENTRY_INVALID");
    expect(await strict.progress()).toEqual(new Map());
    const refused: [IndexedEntry, string][] = [];
    const index = await open({ onRefused: (entry, reason) => refused.push([entry, reason]) });
    expect(await index.store([tooLong, good], nextOffset(2), new Map())).toEqual({
      stored: 0,
      repeated: 1,
      expired: 0,
    });
    expect(refused).toEqual([[tooLong, expect.stringMatching(/^400 .*immense term/)]]);
    expect(await bodiesOf(index)).toEqual(["line 1"]);
  });

  it("refuses a writer that was overtaken in the middle of its call, and has every line once", async () => {
    const other = await open();
    let isOvertaken = false;
    const index = await openBehind(async ({ method, path }, forward) => {
      if (method === "PUT" && path.includes("/_doc/progress") && !isOvertaken) {
        isOvertaken = true;
        await other.store(lines(0, 30), nextOffset(30), new Map());
      }
      return forward();
    });
    expect(await codeOf(index.store(lines(0, 20), nextOffset(20), new Map()))).toBe("INDEX_WRITER_FENCED");
    expect(await index.progress()).toEqual(nextOffset(30));
    expect(await bodiesOf(index)).toEqual(bodies(30));
  });

  it("takes what an agent sent again once, at other offsets of the topic", async () => {
    const index = await open();
    await index.store(lines(0, 20), nextOffset(20), new Map());
    const again = await index.store(lines(10, 30, 10), nextOffset(40), nextOffset(20));
    expect(again).toEqual({ stored: 10, repeated: 10, expired: 0 });
    expect(await bodiesOf(index)).toEqual(bodies(30));
  });
});
