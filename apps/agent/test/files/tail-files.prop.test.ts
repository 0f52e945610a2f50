import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TailBench } from "./tail-bench.ts";

/**
 * What may happen to a service's log, in the order in which programs do it. Exactly once cannot hold where content goes
 * before a poll has seen it and no copy has it, or where two files are equal to the last byte; so every line is
 * different here, a file is truncated only after a copy, and deleted only after its lines were taken.
 */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), lines: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("writePart" as const), bytes: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 6, arbitrary: fc.constant({ do: "poll" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "rename" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "copy" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "truncate" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("compress" as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "die" as const }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Plays steps on real files, and knows what a line must be. */
class Play {
  readonly written: string[] = [];
  readonly #bench: TailBench;
  readonly #rotated: string[] = [];
  #rotations = 0;
  #part = "";
  /** Between the copy and the truncation. */
  #isCopied = false;

  constructor(bench: TailBench) {
    this.#bench = bench;
  }

  async play(action: Step): Promise<void> {
    const bench = this.#bench;
    switch (action.do) {
      case "write":
        // What is written between copy and truncation is lost by every program.
        if (!this.#isCopied) await this.#write(action.lines);
        break;
      case "writePart":
        if (!this.#isCopied && this.#part === "") {
          this.#part = this.#next().slice(0, action.bytes);
          await bench.append("app.log", this.#part);
        }
        break;
      case "poll":
        await bench.poll();
        break;
      case "wait":
        bench.clock.advance(action.ms);
        // A copy that is not followed by the truncation within the wait counts as a twin.
        if (this.#isCopied) await this.#truncate();
        break;
      case "rename":
        if (!this.#isCopied) await this.#rename();
        break;
      case "copy":
        if (!this.#isCopied) await this.#copy();
        break;
      case "truncate":
        if (this.#isCopied) await this.#truncate();
        break;
      case "compress":
        await this.#compress(action.pick);
        break;
      case "delete":
        await this.#delete(action.pick);
        break;
      case "restart":
        await bench.restart();
        break;
      case "die":
        await bench.pollAndDie();
        break;
    }
  }

  async end(): Promise<void> {
    if (this.#isCopied) await this.#truncate();
    // A last piece in a file that was never seen under another name ends when the file is seen to be rotated.
    await this.#write(1);
    await this.#bench.pollToEnd();
  }

  #next(): string {
    return `é line ${this.written.length} of all ${"·".repeat(this.written.length % 40)}`;
  }

  async #write(lines: number): Promise<void> {
    let text = "";
    for (let count = 0; count < lines; count += 1) {
      const line = this.#next();
      text += `${line.slice(this.#part.length)}\n`;
      this.#part = "";
      this.written.push(line);
    }
    await this.#bench.append("app.log", text);
  }

  /** Of a rotated file nobody writes on, so what there is of a line is the line. */
  #endPart(): void {
    if (this.#part !== "") this.written.push(this.#part);
    this.#part = "";
  }

  async #rename(): Promise<void> {
    const name = `app.log.${(this.#rotations += 1)}`;
    const isThere = await this.#bench.rename("app.log", name).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    this.#endPart();
    this.#rotated.push(name);
  }

  async #copy(): Promise<void> {
    const name = `app.log.${(this.#rotations += 1)}`;
    this.#isCopied = await this.#bench.copy("app.log", name).then(
      () => true,
      () => false,
    );
    if (this.#isCopied) this.#rotated.push(name);
  }

  async #truncate(): Promise<void> {
    this.#isCopied = false;
    this.#endPart();
    await this.#bench.truncate("app.log");
  }

  async #compress(pick: number): Promise<void> {
    const plain = this.#rotated.filter((name) => !name.endsWith(".gz"));
    const name = plain[pick % plain.length];
    if (name === undefined || this.#isCopied) return;
    await this.#bench.compress(name);
    this.#rotated[this.#rotated.indexOf(name)] = `${name}.gz`;
  }

  async #delete(pick: number): Promise<void> {
    const name = this.#rotated[pick % this.#rotated.length];
    if (name === undefined || this.#isCopied) return;
    await this.#bench.pollToEnd();
    // A piece without a line end waits in a file that was never seen under another name.
    if (this.#bench.distinct().length < this.written.length) return;
    await this.#bench.delete(name);
    this.#rotated.splice(this.#rotated.indexOf(name), 1);
  }
}

describe("a tailer", () => {
  it("gives every line one identity, whatever happens to the files and to itself", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(7, 64, 5000),
        async (steps, readBytesMax) => {
          const bench = await TailBench.open({ readBytesMax });
          try {
            const play = new Play(bench);
            for (const action of steps) await play.play(action);
            await play.end();
            expect(bench.distinct().sort()).toEqual(play.written.toSorted());
          } finally {
            await bench.remove();
          }
        },
      ),
      { numRuns: Number(process.env["FC_RUNS"] ?? 60) },
    );
  }, 300_000);
});
