import { errorCodeOf } from "@footfall/base";
import type { IndexedEntry, LogIndex, LogSearch } from "@footfall/log-index";
import type { LogEntry, LogQuery } from "@footfall/service-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { logIndexProperties } from "./log-index-properties.ts";

export interface OpenedIndex {
  readonly index: LogIndex;
  /** Closes the index and opens it again over the same data. */
  reopen(): Promise<LogIndex>;
  /** Closes the index and removes its data. */
  close(): Promise<void>;
}

export interface LogIndexContractOptions {
  open(): Promise<OpenedIndex>;
  /** How long anything may take before a test fails. Default 5000. */
  readonly deadlineMs?: number;
  /** How many runs the property test makes. Default 60. */
  readonly propertyRuns?: number;
  /** Repeats a run that failed. Default: another one each time. */
  readonly seed?: number | undefined;
}

const dayMs = 86_400_000;
const noonMs = Date.UTC(2026, 10, 29, 12);
const all: LogQuery = { kind: "all" };

type EntryParts = Partial<LogEntry> & { readonly offset: number; readonly partition?: number };

/** An entry of the topic; one millisecond of time for each offset unless told otherwise. */
function indexed({ offset, partition = 0, ...more }: EntryParts): IndexedEntry {
  const entry: LogEntry = {
    occurredAtMs: noonMs + offset,
    observedAtMs: noonMs + offset,
    severityNumber: 9,
    body: `line ${offset}`,
    service: "shop",
    instance: "shop-1",
    ...more,
  };
  return { partition, offset: BigInt(offset), entry };
}

function fromFile(generation: string, at: number): Partial<LogEntry> {
  return { source: { path: "/var/log/shop.log", generation, offset: at }, body: `${generation} ${at}` };
}

/** Stores entries as the next ones of their partitions. */
async function give(index: LogIndex, entries: readonly IndexedEntry[]) {
  const expected = await index.progress();
  const progress = new Map<string, bigint>();
  for (const { partition, offset } of entries) {
    const next = progress.get(`logs-${partition}`) ?? 0n;
    progress.set(`logs-${partition}`, offset >= next ? offset + 1n : next);
  }
  return index.store(entries, progress, expected);
}

async function bodiesOf(index: LogIndex, search: Partial<LogSearch> = {}): Promise<string[]> {
  const { entries } = await index.search({ query: all, limit: 100, order: "oldest", ...search });
  return entries.map(({ entry }) => entry.body);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => errorCodeOf(error),
  );
}

/** The behaviour of every `LogIndex`. An adapter's test calls it once. */
export function logIndexContract(name: string, options: LogIndexContractOptions): void {
  const deadlineMs = options.deadlineMs ?? 5000;

  describe(`${name}: log index contract`, { timeout: deadlineMs * 4 }, () => {
    let opened: OpenedIndex;
    let index: LogIndex;

    beforeEach(async () => {
      opened = await options.open();
      index = opened.index;
    }, deadlineMs * 2);
    afterEach(() => opened.close(), deadlineMs * 2);

    describe("store", () => {
      it("gives back whole entries", async () => {
        const whole = indexed({
          offset: 7,
          partition: 3,
          severityNumber: 17,
          severityText: "ERROR",
          body: "Ошибка 👟\n\tat pay (\0)\n",
          host: "h1",
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "b7ad6b7169203331",
          attributes: { "http.response.status_code": 500, cached: false, "": "empty", __proto__x: "name", ratio: 0.1 },
          source: { path: "/var/log/a.log", generation: "g1", offset: 12 },
        });
        await give(index, [whole]);
        expect((await index.search({ query: all, limit: 1 })).entries).toEqual([whole]);
      });

      it("keeps entries and progress over a restart", async () => {
        await give(index, [indexed({ offset: 0 }), indexed({ offset: 5, partition: 1 })]);
        index = await opened.reopen();
        expect(await index.progress()).toEqual(
          new Map([
            ["logs-0", 1n],
            ["logs-1", 6n],
          ]),
        );
        expect(await index.count({ query: all })).toBe(2);
      });

      it("keeps progress over offsets that hold no entry, and numbers that did not change", async () => {
        await index.store([], new Map([["logs-2", 9n]]), new Map([["logs-2", undefined]]));
        await index.store([], new Map([["logs-2.record", -(2n ** 63n)]]), new Map([["logs-2", 9n]]));
        index = await opened.reopen();
        expect(await index.progress()).toEqual(
          new Map([
            ["logs-2", 9n],
            ["logs-2.record", -(2n ** 63n)],
          ]),
        );
      });

      it("keeps a line once that the agent sent again, also at a later offset and after a restart", async () => {
        const sent = (offset: number, at: number, generation = "g1") =>
          indexed({ offset, ...fromFile(generation, at) });
        expect(await give(index, [sent(0, 0), sent(1, 40), sent(2, 0), sent(3, 40), sent(4, 80)])).toEqual({
          stored: 3,
          repeated: 2,
          expired: 0,
        });
        index = await opened.reopen();
        expect(await give(index, [sent(5, 40), sent(6, 80), sent(7, 120)])).toMatchObject({ stored: 1, repeated: 2 });
        expect(await give(index, [sent(8, 0, "g2")])).toMatchObject({ stored: 1 });
        expect(await bodiesOf(index)).toEqual(["g1 0", "g1 40", "g1 80", "g1 120", "g2 0"]);
      });

      it("keeps a line once that has no time of its own and is sent again after midnight", async () => {
        const line = (offset: number, occurredAtMs: number) => indexed({ offset, ...fromFile("g1", 0), occurredAtMs });
        await give(index, [line(0, noonMs)]);
        expect(await give(index, [line(1, noonMs + dayMs)])).toMatchObject({ stored: 0, repeated: 1 });
        expect(await index.count({ query: all })).toBe(1);
      });

      it("keeps an offset once that is given twice", async () => {
        expect(await give(index, [indexed({ offset: 0 }), indexed({ offset: 0 })])).toMatchObject({ stored: 1 });
      });

      it("refuses a writer that does not know the progress", async () => {
        await give(index, [indexed({ offset: 0 })]);
        for (const expected of [
          [["logs-0", undefined]],
          [["logs-0", 0n]],
          [
            ["logs-0", 1n],
            ["logs-1", 0n],
          ],
        ] as const) {
          const late = index.store([indexed({ offset: 1 })], new Map([["logs-0", 2n]]), new Map(expected));
          expect(await codeOf(late)).toBe("INDEX_WRITER_FENCED");
        }
        expect(await index.count({ query: all })).toBe(1);
      });

      it("names an entry whose time cannot be placed, and keeps nothing of the call", async () => {
        for (const occurredAtMs of [-1, Number.NaN, 1e15, 0.5]) {
          const call = give(index, [indexed({ offset: 0 }), indexed({ offset: 1, occurredAtMs })]);
          expect(await codeOf(call)).toBe("INDEX_ENTRY_INVALID");
        }
        expect(await index.progress()).toEqual(new Map());
      });

      // grafana/loki#2924: refused as out of order
      it("takes late lines, each on its own day", async () => {
        await give(index, [
          indexed({ offset: 0, body: "now" }),
          indexed({ offset: 1, body: "late", occurredAtMs: noonMs - 40 * dayMs }),
          indexed({ offset: 2, body: "early", occurredAtMs: noonMs + 400 * dayMs }),
        ]);
        expect(await bodiesOf(index)).toEqual(["late", "now", "early"]);
      });
    });

    describe("search", () => {
      it("orders by time, then by place, newest first unless told otherwise", async () => {
        const at = (offset: number, partition: number, ms: number) =>
          indexed({ offset, partition, body: `${partition}/${offset}`, occurredAtMs: noonMs + ms });
        await give(index, [at(0, 0, 5), at(1, 0, 2), at(0, 1, 2), at(10, 1, 2), at(9, 1, 2)]);
        const oldest = ["0/1", "1/0", "1/9", "1/10", "0/0"];
        expect(await bodiesOf(index)).toEqual(oldest);
        expect(await bodiesOf(index, { order: "newest" })).toEqual(oldest.toReversed());
      });

      it("pages without gap or repeat, over days and equal times", async () => {
        const entries = Array.from({ length: 90 }, (_, offset) =>
          indexed({ offset, occurredAtMs: noonMs + (offset % 4) * (dayMs / 2) }),
        );
        await give(index, entries);
        for (const order of ["newest", "oldest"] as const) {
          const found: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await index.search({ query: all, limit: 7, order, ...(cursor && { cursor }) });
            found.push(...page.entries.map(({ entry }) => entry.body));
            cursor = page.next;
          } while (cursor !== undefined);
          expect(found).toEqual(await bodiesOf(index, { order }));
          expect(found).toHaveLength(90);
        }
      });

      it("takes a range from its begin up to before its end", async () => {
        await give(
          index,
          Array.from({ length: 10 }, (_, offset) => indexed({ offset })),
        );
        const range = { fromMs: noonMs + 3, toMs: noonMs + 6 };
        expect(await bodiesOf(index, range)).toEqual(["line 3", "line 4", "line 5"]);
        expect(await index.count({ query: all, ...range })).toBe(3);
        expect(await index.count({ query: all, fromMs: noonMs + 6, toMs: noonMs + 6 })).toBe(0);
      });

      it("refuses a limit or a cursor that makes no sense", async () => {
        for (const bad of [{ limit: 0 }, { limit: 10_001 }, { limit: 1.5 }, { cursor: "x" }, { cursor: "1.2" }]) {
          expect(await codeOf(index.search({ query: all, limit: 1, ...bad }))).toBe("REQUEST_INVALID");
        }
      });

      it("finds nothing in an empty index", async () => {
        expect(await index.search({ query: all, limit: 1 })).toEqual({ entries: [], isComplete: true });
        expect(await index.histogram({ query: all, bucketMs: 1000 })).toEqual([]);
        expect(await index.fieldValues("service", "", 10)).toEqual([]);
      });
    });

    it("counts by time and severity", async () => {
      const at = (offset: number, ms: number, severityNumber: number) =>
        indexed({ offset, severityNumber, occurredAtMs: noonMs + ms });
      await give(index, [at(0, 0, 9), at(1, 999, 17), at(2, 1000, 17), at(3, 1001, 17), at(4, dayMs, 9)]);
      expect(await index.histogram({ query: all, bucketMs: 1000, toMs: noonMs + 2000 })).toEqual([
        {
          startMs: noonMs,
          countsBySeverity: new Map([
            [9, 1],
            [17, 1],
          ]),
        },
        { startMs: noonMs + 1000, countsBySeverity: new Map([[17, 2]]) },
      ]);
    });

    it("shows the lines around one, of its file alone, over midnight", async () => {
      const midnightMs = noonMs + dayMs / 2;
      const lines = Array.from({ length: 10 }, (_, at) =>
        indexed({ offset: at * 2, ...fromFile("g1", at), occurredAtMs: midnightMs - 5 + at }),
      );
      const others = Array.from({ length: 10 }, (_, at) =>
        indexed({ offset: at * 2 + 1, ...fromFile("g2", at), occurredAtMs: midnightMs - 5 + at }),
      );
      await give(index, [...lines, ...others]);
      const place = { partition: 0, offset: 12n, occurredAtMs: midnightMs + 1 };
      const { before, entry, after } = (await index.around(place, 3, 2))!;
      expect([...before, entry, ...after]).toEqual(lines.slice(3, 9));
      expect(await index.around({ ...place, offset: 99n }, 3, 2)).toBeUndefined();
      expect(await index.around({ ...place, occurredAtMs: 0 }, 3, 2)).toBeUndefined();
    });

    it("lists the values of a field, most frequent first, by their beginning", async () => {
      const services = ["shop", "pay", "shop", "stock", "shop", "pay"];
      await give(
        index,
        services.map((service, offset) =>
          indexed({
            offset,
            service,
            attributes: { status: offset === 0 ? 500 : 200 },
            occurredAtMs: noonMs + offset * dayMs,
          }),
        ),
      );
      expect(await index.fieldValues("service", "", 2)).toEqual([
        { value: "shop", count: 3 },
        { value: "pay", count: 2 },
      ]);
      expect(await index.fieldValues("service", "S", 9)).toMatchObject([{ value: "shop" }, { value: "stock" }]);
      expect(await index.fieldValues("status", "5", 9)).toEqual([{ value: 500, count: 1 }]);
    });

    it("deletes whole days, and does not take their lines again", async () => {
      const on = (offset: number, day: number) =>
        indexed({ offset, ...fromFile("g1", offset), occurredAtMs: noonMs + day * dayMs });
      await give(index, [on(0, 0), on(1, 1), on(2, 2)]);
      expect(await index.applyRetention(noonMs + 2 * dayMs)).toEqual(["2026-11-29", "2026-11-30"]);
      expect(await bodiesOf(index)).toEqual(["g1 2"]);
      const again = [on(3, 0), on(4, 1)].map((sent, at) => ({ ...sent, entry: on(at, at).entry }));
      expect(await give(index, again)).toEqual({ stored: 0, repeated: 0, expired: 2 });
      expect(await index.applyRetention(noonMs)).toEqual([]);
      index = await opened.reopen();
      expect(await bodiesOf(index)).toEqual(["g1 2"]);
    });

    it("takes nothing more once closed, and finishes what it has", async () => {
      const last = give(index, [indexed({ offset: 0 })]);
      await last;
      await index.close();
      await index.close();
      expect(await codeOf(index.count({ query: all }))).toBe("INDEX_CLOSED");
      expect(await codeOf(index.store([], new Map(), new Map()))).toBe("INDEX_CLOSED");
    });

    logIndexProperties(() => opened, options.propertyRuns ?? 60, options.seed);
  });
}
