import { seededRandom } from "@footfall/base";
import { type EmbeddedLog, openEmbeddedLog } from "@footfall/log/embedded";
import { openSpool, type Spool, type SpoolStore, type SpoolTarget } from "@footfall/log/spool";
import { record, temporaryFolder, waitFor } from "@footfall/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type TargetMode, type ToldTarget, toldTarget, unavailable } from "./spool-target.ts";

const topic = "clicks";
const keys = ["a", "b", "c", "d"];
const spoolBytesMax = 3000;

type Step =
  | { readonly kind: "append"; readonly key: string; readonly records: number }
  | { readonly kind: "mode"; readonly mode: TargetMode }
  | { readonly kind: "answerHanging" }
  | { readonly kind: "disk"; readonly isFull: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "kill" };

const mode = fc.constantFrom<TargetMode>("take", "fail", "hang", "takeSilently");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      key: fc.constantFrom(...keys),
      records: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("mode" as const), mode }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("answerHanging" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("disk" as const), isFull: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const) }) },
);

/** Stands between a life of the spool and its logs, so that a kill is final for the one and nothing to the other. */
class Life {
  isOver = false;
  isDiskFull = false;
  readonly #writes = new Set<Promise<unknown>>();

  /** A write that had reached the disk's own queue is done, or is not, before the next life begins. */
  async end(): Promise<void> {
    this.isOver = true;
    await Promise.allSettled(this.#writes);
  }

  /** A call of a life that is over is never made, and what one gave is never heard of. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    const never = new Promise<T>(() => {});
    if (this.isOver) return never;
    const result = await work();
    return this.isOver ? never : result;
  }

  target(target: SpoolTarget): SpoolTarget {
    return {
      append: (...given) => this.call(() => target.append(...given)),
      createTopic: (spec) => this.call(() => target.createTopic(spec)),
    };
  }

  store(store: EmbeddedLog): SpoolStore {
    const write = <T>(work: () => Promise<T>): Promise<T> =>
      this.call(() => {
        if (this.isDiskFull) return Promise.reject(unavailable("disk full"));
        const writing = work();
        this.#writes.add(writing);
        return writing;
      });
    return {
      append: (...given) => write(() => store.append(...given)),
      createTopic: (spec) => this.call(() => store.createTopic(spec)),
      topics: () => store.topics(),
      offsets: (name) => store.offsets(name),
      read: (range) => store.read(range),
      deleteBefore: (...given) => write(() => store.deleteBefore(...given)),
      storedBytes: (name) => store.storedBytes(name),
    };
  }
}

class Run {
  readonly accepted = new Map<string, string[]>(keys.map((key) => [key, []]));
  readonly #appended = new Map<string, number>();
  /** A key's appends follow one another: its next begins when the last was answered. */
  readonly #last = new Map<string, Promise<void>>();
  readonly target: ToldTarget;
  readonly store: EmbeddedLog;
  life = new Life();
  spool!: Spool;

  constructor(target: ToldTarget, store: EmbeddedLog) {
    this.target = target;
    this.store = store;
  }

  async start(): Promise<void> {
    this.life = new Life();
    this.spool = await openSpool({
      log: this.life.target(this.target),
      store: this.life.store(this.store),
      topics: [{ name: topic, partitions: 2 }],
      spoolBytesMax,
      slowAfterMs: 8,
      forwardTimeoutMs: 12,
      backOffMinMs: 1,
      backOffMaxMs: 4,
      clock: () => 0,
      random: seededRandom(1),
    });
  }

  append(key: string, records: number): void {
    const { spool, life } = this;
    const appending = (this.#last.get(key) ?? Promise.resolve()).then(async () => {
      if (life.isOver) return;
      const from = this.#appended.get(key) ?? 0;
      this.#appended.set(key, from + records);
      const values = Array.from({ length: records }, (_, i) => `${from + i}`.padStart(40, "0"));
      const answer = spool.append(
        topic,
        values.map((value) => record(key, value)),
      );
      // Nobody hears an answer after a kill.
      await Promise.race([
        answer.then(
          () => void this.accepted.get(key)!.push(...values),
          (error: unknown) => expect(error).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true }),
        ),
        waitFor(() => life.isOver, { deadlineMs: 20_000 }),
      ]);
    });
    this.#last.set(key, appending);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  /** What an uncertain end left behind is closed without a trace. */
  async kill(): Promise<void> {
    await this.life.end();
    void this.spool.close();
  }

  async take(given: Step): Promise<void> {
    if (given.kind === "append") this.append(given.key, given.records);
    else if (given.kind === "mode") this.target.mode = given.mode;
    else if (given.kind === "answerHanging") await this.target.answerHanging();
    else if (given.kind === "disk") this.life.isDiskFull = given.isFull;
    else if (given.kind === "wait") await new Promise((resolve) => setTimeout(resolve, given.ms));
    else {
      await this.kill();
      await this.start();
    }
    expect(this.spool.status().spoolBytes).toBeLessThanOrEqual(spoolBytesMax + batchHeadsBytesMax);
  }
}
/** A stored batch has a head beside its records, which is known only once it is stored. */
const batchHeadsBytesMax = 1000;

it("brings what it accepted to the log whatever happens, one key's records in order, within its bound", async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
    const folders = [await temporaryFolder(), await temporaryFolder()];
    const log = await openEmbeddedLog({ folder: folders[0]!.path });
    const store = await openEmbeddedLog({ folder: folders[1]!.path });
    const target = toldTarget(log);
    const run = new Run(target, store);
    try {
      await run.start();
      for (const given of steps) await run.take(given);
      run.life.isDiskFull = false;
      target.mode = "take";
      await run.settled();
      const isForwarded = (): boolean =>
        run.spool.status().spoolingSinceMs === undefined && store.storedBytes(topic) === 0;
      await waitFor(isForwarded, { deadlineMs: 20_000, what: "all is forwarded" });
      await target.answerHanging();
      const found = await target.firstSeen(topic);
      for (const [key, accepted] of run.accepted) {
        // What was not accepted may still be there, at any place: it was on its way when its sender died or gave up.
        const wasAccepted = new Set(accepted);
        expect((found.get(key) ?? []).filter((value) => wasAccepted.has(value))).toEqual(accepted);
      }
    } finally {
      await run.kill();
      await log.close();
      await store.close();
      for (const folder of folders) await folder.remove();
    }
  });
  await fc.assert(property, {
    numRuns: Number(process.env["FOOTFALL_SPOOL_RUNS"] ?? 25),
    interruptAfterTimeLimit: 60_000,
  });
}, 120_000);
