import { AppError } from "@footfall/base";
import { unescapeLabel } from "../series.ts";

export interface MetricQuery {
  readonly function: MetricFunction;
  /** Of a percentile, from 0 to 1. */
  readonly share?: number;
  readonly name: string;
  readonly matchers: readonly LabelMatcher[];
  /** Undefined: each series by itself. */
  readonly by?: readonly string[];
}

export type MetricFunction = "rate" | "increase" | "avg" | "min" | "max" | "last" | "percentile";

export interface LabelMatcher {
  readonly label: string;
  /** Takes the label's value, empty where a series has no such label. */
  readonly matches: (value: string) => boolean;
}

const functions: readonly string[] = ["rate", "increase", "avg", "min", "max", "last"] satisfies MetricFunction[];
const queryLengthMax = 2_000;
const form = 'a query has the form rate(name{label="value"}) by (label)';

/**
 * Reads `rate(http_requests_total{code=~"5..",path!="/"}) by (job)`. Functions: rate (a second), increase, avg, min,
 * max, last, p50, p99, p99.9; without one, last. Matchers as Prometheus': = != =~ !~, patterns match the whole value.
 * Throws `REQUEST_INVALID` with the place of the fault, also as `position` (from 0) in its context.
 */
export function parseMetricQuery(text: string): MetricQuery {
  if (text.length > queryLengthMax) throw invalid(`the query is longer than ${queryLengthMax} characters`);
  const cursor = new Cursor(text);
  const word = cursor.take(/[a-zA-Z_:][a-zA-Z0-9_:]*(?:\.[0-9]+(?=[ \t]*\())?/y, "a function or the name of a metric");
  const isCall = cursor.skip(/\(/y);
  const applied = isCall ? functionOf(word) : { function: "last" as const };
  const name = isCall ? cursor.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y, "the name of a metric") : word;
  const matchers = cursor.skip(/\{/y) ? matchersOf(cursor) : [];
  if (cursor.skip(/\[/y)) throw invalid("a range as [5m] is not written: it is the step of the query", cursor.at);
  if (isCall) cursor.take(/\)/y, "a closing parenthesis");
  const by = cursor.skip(/by(?![a-zA-Z0-9_])/y) ? labelsOf(cursor) : undefined;
  if (!cursor.isAtEnd) throw invalid("there is more than a query", cursor.at);
  return { ...applied, name, matchers, ...(by && { by }) };
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.skip(/(?:)/y);
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Moves past the pattern, and the spaces after it, if it is next. */
  skip(pattern: RegExp): boolean {
    return this.#match(pattern) !== undefined;
  }

  take(pattern: RegExp, what: string): string {
    const found = this.#match(pattern);
    if (found === undefined) throw invalid(`${what} is wanted`, this.#at);
    return found;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    return found;
  }
}

function functionOf(word: string): Pick<MetricQuery, "function" | "share"> {
  if (functions.includes(word)) return { function: word as MetricFunction };
  const percent = /^p([0-9]+(?:\.[0-9]+)?)$/.exec(word)?.[1];
  // As a decimal: 99.9 / 100 is a little more than 0.999.
  if (percent !== undefined && Number(percent) <= 100)
    return { function: "percentile", share: Number(`${percent}e-2`) };
  throw invalid(`there is no function ${word}; there are ${functions.join(", ")} and percentiles as p99`, 0);
}

function matchersOf(cursor: Cursor): LabelMatcher[] {
  const matchers: LabelMatcher[] = [];
  while (!cursor.skip(/\}/y)) {
    const label = cursor.take(/[a-zA-Z_][a-zA-Z0-9_]*/y, "a label or a closing brace");
    const operator = cursor.take(/=~|!~|!=|=/y, "one of = != =~ !~");
    const { at } = cursor;
    const value = unescapeLabel(cursor.take(/"(?:[^"\\]|\\[^])*"/y, "a text in double quotes").slice(1, -1));
    matchers.push({ label, matches: matcherOf(operator, value, at) });
    if (!cursor.skip(/,/y)) {
      cursor.take(/\}/y, "a comma or a closing brace");
      break;
    }
  }
  return matchers;
}

function matcherOf(operator: string, wanted: string, at: number): (value: string) => boolean {
  if (operator === "=") return (value) => value === wanted;
  if (operator === "!=") return (value) => value !== wanted;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${wanted})$`, "su");
  } catch {
    throw invalid(`${wanted} is no regular expression`, at);
  }
  return operator === "=~" ? (value) => pattern.test(value) : (value) => !pattern.test(value);
}

function labelsOf(cursor: Cursor): string[] {
  cursor.take(/\(/y, "an opening parenthesis");
  const labels: string[] = [];
  while (!cursor.skip(/\)/y)) {
    labels.push(cursor.take(/[a-zA-Z_][a-zA-Z0-9_]*/y, "a label or a closing parenthesis"));
    if (!cursor.skip(/,/y)) {
      cursor.take(/\)/y, "a comma or a closing parenthesis");
      break;
    }
  }
  return labels;
}

function invalid(message: string, at?: number): AppError {
  const place = at === undefined ? "" : ` at character ${at + 1}`;
  return new AppError("REQUEST_INVALID", `${message}${place}; ${form}`, {
    context: { field: "query", ...(at !== undefined && { position: at }) },
  });
}
