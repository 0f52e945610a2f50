import { openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type RunningServer, startServer } from "@footfall/runtime";
import { type LogEntry, logKeyOf, logsTopic } from "@footfall/service-logs";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createConsole } from "../src/index.ts";
import { bucketsMax, histogramStep } from "../src/logs/histogram-step.ts";
import { MemoryLogIndex } from "./memory-log-index.ts";

const nowMs = Date.UTC(2026, 10, 29, 12);
const waiting = { deadlineMs: 30_000 };
const cleanUps: (() => Promise<void>)[] = [];
let index: MemoryLogIndex;
let log: EventLog;
let url: string;
let closeServer: RunningServer["close"];

async function start(withIndex: boolean): Promise<void> {
  const folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: `${folder.path}/log`, clock: () => nowMs });
  const lake = await openLake({ root: `${folder.path}/tables`, clock: () => nowMs });
  await log.createTopic({ name: logsTopic, partitions: 1 });
  index = new MemoryLogIndex();
  const registry = new Registry();
  const operate = await createConsole({
    log,
    lake,
    registry,
    clock: () => nowMs,
    ...(withIndex && { logIndex: index }),
    links: () => [{ label: "<Shop>", href: "/shop?a=1&b=2" }],
    problems: () => [],
    servedModel: async () => undefined,
  });
  const logger = createLogger({ name: "test", level: "silent" });
  const server = await startServer({ services: [operate], host: "127.0.0.1", port: 0, logger, registry });
  url = server.operatorUrl;
  closeServer = server.close;
  cleanUps.push(
    () => folder.remove(),
    () => lake.close(),
    () => log.close(),
    () => server.close(),
  );
}

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function entry(body: string, changes: Partial<LogEntry> = {}): LogEntry {
  const known = {
    occurredAtMs: nowMs - 1_000,
    observedAtMs: nowMs,
    severityNumber: 9,
    service: "cart",
    instance: "c1",
  };
  return { ...known, body, ...changes };
}
function put(...entries: LogEntry[]): void {
  for (const each of entries) index.entries.push({ partition: 3, offset: BigInt(index.entries.length), entry: each });
}
interface Line {
  readonly id: string;
  readonly body: string;
  readonly bodyLength?: number;
  readonly fields: readonly { readonly name: string; readonly value: unknown; readonly filter?: string }[];
}
async function get(path: string, parameters: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/console/${path}?${new URLSearchParams(parameters).toString()}`);
  expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'/);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, body: await response.json() };
}
type Found = { readonly entries: readonly Line[]; readonly next?: string; readonly isComplete: boolean };

const search = async (parameters: Record<string, string> = {}) => (await get("logs.json", parameters)).body as Found;

describe("the routes of service logs", () => {
  beforeEach(() => start(true));

  it("search by query and time, newest first, and go on by cursor", async () => {
    put(...Array.from({ length: 5 }, (_, line) => entry(`a ${line}`, { occurredAtMs: nowMs + line })));
    put(entry("b"));
    const parameters = { q: "a", from: String(nowMs + 1), to: String(nowMs + 4), limit: "2" };
    const first = await search(parameters);
    expect(first).toMatchObject({ entries: [{ body: "a 3" }, { body: "a 2" }], isComplete: true });
    const second = await search({ ...parameters, cursor: first.next! });
    expect(second).toMatchObject({ entries: [{ body: "a 1" }] });
    expect(second).not.toHaveProperty("next");
    const oldest = await search({ ...parameters, order: "oldest" });
    expect(oldest.entries.map(({ body }) => body)).toEqual(["a 1", "a 2"]);
  });

  it("tell of a query that cannot be read where it is wrong and what to write", async () => {
    for (const path of ["logs.json", "logs/histogram.json", "logs/tail"]) {
      const { status, body } = await get(path, { q: "ab (cd", from: "0" });
      expect(status, path).toBe(400);
      expect(body).toMatchObject({ code: "REQUEST_INVALID", field: "q", position: 3, hint: 'close it with ")"' });
    }
  });

  it.each([
    ["logs.json", "from", "yesterday"],
    ["logs.json", "to", "-1"],
    ["logs.json", "limit", "501"],
    ["logs.json", "order", "random"],
    ["logs/around.json", "id", "1-2"],
    ["logs/around.json", "before", "100000"],
    ["logs/values.json", "limit", "1e9"],
  ])("refuse %s with %s=%s", async (path, name, value) => {
    const id = name === "id" ? {} : { id: "1-2-3" };
    const { status, body } = await get(path, { field: "service", ...id, [name]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "REQUEST_INVALID", field: name });
  });

  it("give with each field the query that finds it, if there is one", async () => {
    const attributes = {
      "http.response.status_code": 500,
      "user.name": 'Ann "A"',
      // Other fields in a query, and names that it cannot hold.
      status: "odd",
      service: "shadow",
      message: "m",
      "two words": 1,
      empty: "",
      lines: "a\nb",
    };
    put(
      entry("a", {
        severityNumber: 18,
        host: "h",
        traceId: "ab",
        attributes,
        source: { path: "/a.log", generation: "g", offset: 7 },
      }),
    );
    const { entries } = await search();
    const filters = entries[0]!.fields.flatMap(({ filter }) => filter ?? []);
    expect(filters).toEqual([
      "level:error",
      "service:cart",
      "instance:c1",
      "host:h",
      "trace:ab",
      "file:/a.log",
      "http.response.status_code:500",
      'user.name:"Ann \\"A\\""',
    ]);
    for (const q of filters) expect((await search({ q })).entries, q).toHaveLength(1);
  });

  it("keep offsets beyond 2^53, and cut long bodies until the whole is asked for", async () => {
    const body = "x".repeat(100_000);
    index.entries.push({ partition: 0, offset: 2n ** 60n + 1n, entry: entry(body) });
    const [line] = (await search()).entries;
    expect(line).toMatchObject({ id: `0-1152921504606846977-${nowMs - 1_000}`, bodyLength: 100_000 });
    expect(line!.body).toHaveLength(4_096);
    const found = (await get("logs/around.json", { id: line!.id })).body as { entry: Line };
    expect(found.entry.body).toBe(body);
    expect((await get("logs/around.json", { id: "0-1-1" })).status).toBe(404);
  });

  it("count by level in buckets that begin at round times, over the whole range", async () => {
    for (const severityNumber of [0, 9, 10, 17]) put(entry("a", { severityNumber, occurredAtMs: nowMs - 90_000 }));
    put(entry("a", { occurredAtMs: nowMs - 30_000 }));
    const { body } = await get("logs/histogram.json", { q: "a", from: String(nowMs - 3_600_000) });
    expect(body).toEqual({
      fromMs: nowMs - 3_600_000,
      toMs: nowMs,
      bucketMs: 60_000,
      total: 5,
      buckets: [
        { startMs: nowMs - 120_000, counts: { unknown: 1, info: 2, error: 1 } },
        { startMs: nowMs - 60_000, counts: { info: 1 } },
      ],
    });
    expect((await get("logs/histogram.json")).status).toBe(400);
    for (let rangeMs = 0; rangeMs < 2 ** 45; rangeMs = rangeMs * 3 + 1)
      expect(Math.floor(rangeMs / histogramStep(rangeMs)) + 1).toBeLessThanOrEqual(bucketsMax);
  });

  it("give the lines around one, and values of a field with their filters", async () => {
    put(...Array.from({ length: 9 }, (_, line) => entry(`a ${line}`, { instance: line % 2 ? "odd" : "even" })));
    put(entry("b", { severityNumber: 17 }), entry("c", { severityNumber: 19 }));
    const id = `3-4-${nowMs - 1_000}`;
    const { body } = await get("logs/around.json", { id, before: "1", after: "5" });
    expect(body).toMatchObject({
      before: [{ body: "a 2" }],
      entry: { body: "a 4" },
      after: [{ body: "a 6" }, { body: "a 8" }],
    });
    expect((await get("logs/values.json", { field: "instance", prefix: "o" })).body).toEqual({
      field: "instance",
      values: [{ value: "odd", count: 4, filter: "instance:odd" }],
    });
    expect((await get("logs/values.json", { field: "level" })).body).toEqual({
      field: "level",
      values: [
        { value: "info", count: 9, filter: "level:info" },
        { value: "error", count: 2, filter: "level:error" },
      ],
    });
  });
});

/** A live tail, read as text. */
async function openTail(
  q: string,
  after = "",
  headers: Record<string, string> = {},
): Promise<{ text: () => string; ended: Promise<void>; cancel: () => void }> {
  const stopping = new AbortController();
  const response = await fetch(`${url}/console/logs/tail?${new URLSearchParams({ q, after }).toString()}`, {
    signal: stopping.signal,
    headers,
  });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  let text = "";
  const read = async (): Promise<void> => {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString();
  };
  const ended = read().catch(() => {});
  return { text: () => text, ended, cancel: () => stopping.abort() };
}

describe("the live tail", () => {
  beforeEach(() => start(false));

  const append = (...entries: LogEntry[]) =>
    log.append(
      logsTopic,
      entries.map((each) => ({ key: logKeyOf(each), value: Buffer.from(JSON.stringify(each)) })),
    );

  it("sends what matches as it is appended, without an index, and skips what is no entry", async () => {
    const [errors, all] = await Promise.all([openTail("level:error"), openTail("")]);
    await waitFor(() => errors.text().includes("event: live") && all.text().includes("event: live"), waiting);
    await log.append(logsTopic, [{ key: "k", value: Buffer.from("no entry") }]);
    await append(entry("fine"), entry("broken", { severityNumber: 17 }));
    await waitFor(() => all.text().includes('"body":"fine"') && errors.text().includes('"body":"broken"'), waiting);
    expect(errors.text()).not.toContain("fine");
    errors.cancel();
    await append(entry("later"));
    await waitFor(() => all.text().includes("later"), waiting);
  });

  it("says how many lines of a burst it left out", async () => {
    const tail = await openTail("");
    await waitFor(() => tail.text().includes("event: live"), waiting);
    await append(...Array.from({ length: 5_000 }, (_, line) => entry(`burst ${line}`)));
    await waitFor(() => tail.text().includes("burst 4999"), waiting);
    const shown = tail.text().match(/"body":"burst /g)?.length ?? 0;
    const skipped = [...tail.text().matchAll(/"count":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(shown + skipped).toBe(5_000);
    expect(skipped).toBeGreaterThan(0);
  });

  const bodiesOf = (text: string) => [...text.matchAll(/"body":"([^"]*)"/g)].map(([, body]) => body!);
  const idOf = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].at(-1)![1]!;

  it("goes on after an id without gap or repeat, while lines go on coming", async () => {
    const first = await openTail("-noise");
    await waitFor(() => first.text().includes("event: live"), waiting);
    await append(...Array.from({ length: 40 }, (_, line) => entry(`line ${line}`, { instance: `i${line % 5}` })));
    await waitFor(() => bodiesOf(first.text()).length === 40, waiting);
    first.cancel();
    const after = idOf(first.text());
    // More than a stream holds back, so that it must wait for its client to take them.
    for (let at = 0; at < 3_000; at += 500)
      await append(
        ...Array.from({ length: 500 }, (_, line) => entry(`line ${40 + at + line}`, { instance: `i${line % 5}` })),
      );
    const coming = (async () => {
      for (let at = 3_040; at < 3_240; at += 1)
        await append(entry(`line ${at}`, { instance: `i${at % 5}` }), entry("noise"));
    })();
    const again = await Promise.all([
      openTail("-noise", after),
      openTail("-noise", "0:0", { "Last-Event-ID": after }),
      openTail("-noise", after),
    ]);
    await coming;
    const wanted = Array.from({ length: 3_200 }, (_, line) => `line ${40 + line}`).sort();
    for (const tail of again) {
      await waitFor(() => bodiesOf(tail.text()).length >= 3_200, waiting);
      expect(bodiesOf(tail.text()).sort()).toEqual(wanted);
      expect(tail.text()).toContain('event: live\ndata: {"resumed":true}');
      expect(tail.text()).not.toMatch(/event: (missed|skipped)/);
      tail.cancel();
    }
  });

  it("refuses a place that is none", async () => {
    for (const after of ["1", "0:x", "0:1,"]) {
      const { status, body } = await get("logs/tail", { after });
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "REQUEST_INVALID", field: "after" });
    }
  });

  it("refuses one too many with a reason, and ends all when the server closes", async () => {
    const tails = await Promise.all(Array.from({ length: 20 }, () => openTail("")));
    await waitFor(() => tails.every(({ text }) => text().includes("event: live")), waiting);
    const refused = await openTail("");
    await refused.ended;
    expect(refused.text()).toMatch(/event: dropped\ndata: .*20 live tails are open/);
    const startMs = performance.now();
    await Promise.all([closeServer(), ...tails.map(({ ended }) => ended)]);
    expect(tails[0]!.text()).toContain("The server ends.");
    // The server waits up to 10 s for what does not end.
    expect(performance.now() - startMs).toBeLessThan(9_000);
  });
});

describe("the pages", () => {
  beforeEach(() => start(false));

  it("have one navigation, with what lies outside escaped, and load nothing that is not served", async () => {
    for (const path of ["/", "/logs", "/charts", "/alerts"]) {
      const page = await (await fetch(`${url}${path}`)).text();
      expect(page).toContain(`<a href="${path}" aria-current="page">`);
      expect(page).toContain('<a href="/shop?a=1&#38;b=2" class="outside">&#60;Shop&#62;</a>');
      expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/);
      const queue = [...page.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map((match) => match[1]!);
      const seen = new Set<string>();
      for (const file of queue) {
        if (seen.has(file)) continue;
        seen.add(file);
        const response = await fetch(`${url}${file}`);
        expect(response.status, file).toBe(200);
        const text = await response.text();
        if (!file.endsWith(".js")) continue;
        for (const [, name] of text.matchAll(/^(?:import|export) [^"]*? from "([^"]+)"/gm)) {
          expect(name, file).toMatch(/^\.\.?\//);
          queue.push(new URL(name!, `http://x${file}`).pathname);
        }
      }
      expect(seen.size).toBeGreaterThan(3);
    }
  });

  it("say what to start where there is no index", async () => {
    const { status, body } = await get("logs.json");
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: expect.stringContaining("Start the indexer") });
  });
});
