import type { MultiLineRule } from "./multi-line-rule.ts";

/** A line of a file, without its line break. */
export interface FileLine {
  readonly text: string;
  /** Byte at which it begins. */
  readonly offset: number;
  /** Byte after its line break. */
  readonly endOffset: number;
  /** When it was read. */
  readonly observedAtMs: number;
}

/** Lines that are one entry, with `\n` between them; offset and time are those of the first line. */
export interface JoinedLine extends FileLine {
  readonly lineCount: number;
  /** What ended it: the rule, the time-out, or a bound of lines, length or time, which may have cut it in two. */
  readonly endedBy: "rule" | "timeout" | "bound";
}

export interface JoinerLimits {
  /** Lines that wait for more are given out after so long without one. */
  readonly timeoutMs: number;
  /** Nothing waits longer than this, even while lines come. */
  readonly holdMsMax: number;
  readonly linesMax: number;
  /** Of the joined text, in UTF-16 units. A single line may be longer. */
  readonly lengthMax: number;
}

export const joinerLimits: JoinerLimits = { timeoutMs: 1_000, holdMsMax: 30_000, linesMax: 1_000, lengthMax: 131_072 };

/**
 * Joins the lines of one file into entries by a rule. How the lines are spread over calls changes nothing; only
 * `expire` looks at the time. No line is lost: what a bound cuts goes on as another entry.
 */
export class LineJoiner {
  readonly #rule: MultiLineRule;
  readonly #limits: JoinerLimits;
  #held: FileLine[] = [];
  #heldLength = 0;
  #safeOffset = 0;

  constructor(rule: MultiLineRule, limits: Partial<JoinerLimits> = {}) {
    this.#rule = rule;
    this.#limits = { ...joinerLimits, ...limits };
  }

  /**
   * Byte up to which every line has been given out: once what was given out is stored, reading may begin here after a
   * restart. What is held lies behind it and is read again.
   */
  get safeOffset(): number {
    return this.#safeOffset;
  }

  /** Adds lines in the order of the file; the entries that they complete. */
  add(lines: readonly FileLine[]): JoinedLine[] {
    return lines.flatMap((line) => this.#add(line));
  }

  /** What has waited long enough, at most one entry; call it also while no lines come. */
  expire(nowMs: number): JoinedLine[] {
    const first = this.#held[0];
    if (!first) return [];
    if (nowMs - this.#held.at(-1)!.observedAtMs >= this.#limits.timeoutMs) return this.#giveOut("timeout");
    return nowMs - first.observedAtMs >= this.#limits.holdMsMax ? this.#giveOut("bound") : [];
  }

  /** What is held, where nothing can follow: at the end of a file that was rotated away. */
  flush(): JoinedLine[] {
    return this.#giveOut("rule");
  }

  #add(line: FileLine): JoinedLine[] {
    const previous = this.#held.at(-1);
    if (!previous) return this.#begin(line);
    const next = this.#rule.next(line.text, previous.text, this.#held[0]!.text);
    if (next === "begin") return [...this.#giveOut("rule"), ...this.#begin(line)];
    const isFull =
      this.#held.length >= this.#limits.linesMax || this.#heldLength + 1 + line.text.length > this.#limits.lengthMax;
    const cut = isFull ? this.#giveOut("bound") : [];
    this.#hold(line);
    return next === "appendAndEnd" ? [...cut, ...this.#giveOut("rule")] : cut;
  }

  #begin(line: FileLine): JoinedLine[] {
    this.#hold(line);
    return this.#rule.starts(line.text) ? [] : this.#giveOut("rule");
  }

  #hold(line: FileLine): void {
    if (this.#held.length === 0) this.#safeOffset = line.offset;
    this.#held.push(line);
    this.#heldLength += 1 + line.text.length;
  }

  #giveOut(endedBy: JoinedLine["endedBy"]): JoinedLine[] {
    const first = this.#held[0];
    if (!first) return [];
    const { endOffset } = this.#held.at(-1)!;
    const text = this.#held.map((line) => line.text).join("\n");
    const joined = { ...first, text, endOffset, lineCount: this.#held.length, endedBy };
    this.#held = [];
    this.#heldLength = 0;
    this.#safeOffset = endOffset;
    return [joined];
  }
}
