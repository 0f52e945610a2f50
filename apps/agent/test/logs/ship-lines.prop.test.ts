import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { readLogEntry } from "@footfall/service-logs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shipLines } from "../../src/logs/ship-lines.ts";
import { TailBench, textOfLines } from "../files/tail-bench.ts";

const seed = Number(process.env["FC_SEED"] ?? Date.now() % 1_000_000);
const numRuns = Number(process.env["FC_RUNS"] ?? 40);

type Step =
  | { readonly kind: "write"; readonly starts: readonly boolean[] }
  | { readonly kind: "wait"; readonly ms: number }
  /** `appends`: how many of the next appends are durable before the process dies, or the log answers no more. */
  | {
      readonly kind: "die" | "fail";
      readonly appends: number;
      readonly ms: number;
      readonly starts: readonly boolean[];
    }
  | { readonly kind: "rotate" };

type Breaking = Extract<Step, { readonly kind: "die" | "fail" }>;

const starts = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
const ms = fc.constantFrom(0, 500, 1_999, 2_000, 40_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), starts }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("die" as const, "fail" as const),
      appends: fc.integer({ min: 0, max: 2 }),
      ms,
      starts,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rotate" as const) }) },
);

/** What a sink takes for new: in each generation, what lies after all that it has. */
class Sink {
  readonly lines: string[] = [];
  readonly #last = new Map<string, number>();

  take(value: Uint8Array): void {
    const read = readLogEntry(Buffer.from(value).toString());
    if (!read.ok) throw new Error(read.reason);
    const { body, source } = read.entry;
    if (source!.offset <= (this.#last.get(source!.generation) ?? -1)) return;
    this.#last.set(source!.generation, source!.offset);
    this.lines.push(...body.split("\n"));
  }
}

it("brings every line into one entry that a sink takes, wherever the agent dies and however entries are cut", async () => {
  console.log(`seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const sink = new Sink();
      let left = Number.POSITIVE_INFINITY;
      let failure = new AppError("INTERNAL", "killed");
      const log: Pick<EventLog, "append"> = {
        async append(_topic, records) {
          if (left <= 0) throw failure;
          left -= 1;
          for (const { value } of records) sink.take(value!);
          if (left <= 0) throw failure; // stored, but the answer did not come
          return [];
        },
      };
      const source = { paths: [], service: "cart", format: "text" as const, multiLine: "java" as const };
      const take = () => shipLines({ log, source, host: "h", onShipped: () => {} });
      let ship = take();
      const bench = await TailBench.open({ take: (lines, batch) => ship(lines, batch) });
      const written: string[] = [];
      let rotations = 0;
      const write = async (begin: readonly boolean[]): Promise<void> => {
        const lines = begin.map((isStart, at) => `${isStart ? "entry" : "\tat"} ${written.length + at}`);
        written.push(...lines);
        await bench.append("cart.log", textOfLines(lines));
      };
      const breakOff = async ({ kind, appends, ms: waitMs, starts: meanwhile }: Breaking): Promise<void> => {
        left = appends + 1;
        failure = new AppError("LOG_UNAVAILABLE", "away", { retriable: kind === "fail" });
        bench.clock.advance(waitMs);
        const polling = bench.poll().catch(() => {});
        // A log that is away is asked again and again, until the process ends.
        await (kind === "fail" ? bench.restart() : polling);
        await polling;
        await bench.restart();
        ship = take();
        await write(meanwhile);
        left = Number.POSITIVE_INFINITY;
      };
      try {
        for (const next of steps) {
          if (next.kind === "write") await write(next.starts);
          else if (next.kind === "wait") bench.clock.advance(next.ms);
          else if (next.kind === "rotate") {
            await bench.append("cart.log", "");
            await bench.poll();
            await bench.rename("cart.log", `cart.log.${++rotations}`);
          } else await breakOff(next);
          await bench.poll();
        }
        await bench.pollToEnd();
        // Files of one rotation are read side by side.
        expect(sink.lines.toSorted()).toEqual(written.toSorted());
      } finally {
        left = Number.POSITIVE_INFINITY;
        await bench.remove();
      }
    }),
    { seed, numRuns },
  );
});
