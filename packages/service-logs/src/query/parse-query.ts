import { logLimits } from "../log-limits.ts";
import { fieldOf, type LogQuery } from "./log-query.ts";
import { QueryProblem } from "./query-problem.ts";
import { fieldTest } from "./read-field-test.ts";
import { type QueryPiece, readTerms } from "./read-terms.ts";

export type ParsedQuery =
  | { readonly ok: true; readonly query: LogQuery }
  | {
      readonly ok: false;
      /** What is wrong, for people. */
      readonly problem: string;
      /** Where in the text, in UTF-16 units from 0. */
      readonly position: number;
      /** What to write instead. */
      readonly hint: string;
    };

/**
 * Reads a search: `level:error "exact phrase" -noise status:>=500 service:cart prefix* OR (a b)`.
 * Words and quoted phrases look into the body; a star opens an end of a word, phrase or value. `field:value` compares a
 * whole value, `field:*` asks whether there is one, `>= > <= < =` and `[400 TO 499]` compare numbers and levels (`*` is
 * an open end). Side by side means AND, which binds closer than OR; NOT and `-` are the same. Nothing means everything.
 */
export function parseQuery(text: string): ParsedQuery {
  try {
    return { ok: true, query: new QueryParser(text).parse() };
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    return { ok: false, problem: error.message, position: error.position, hint: error.hint };
  }
}

class QueryParser {
  readonly #pieces: readonly QueryPiece[];
  readonly #length: number;
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    const { queryLengthMax, queryTermsMax } = logLimits;
    if (text.length > queryLengthMax)
      throw new QueryProblem(queryLengthMax, `the query is longer than ${queryLengthMax}`, "look for less at a time");
    this.#length = text.length;
    this.#pieces = readTerms(text);
    const terms = this.#pieces.filter(({ kind }) => kind === "text" || kind === "field");
    if (terms.length > queryTermsMax)
      throw new QueryProblem(
        terms[queryTermsMax]!.at,
        `the query has more than ${queryTermsMax} terms`,
        "look for fewer at a time",
      );
  }

  parse(): LogQuery {
    if (this.#pieces.length === 0) return { kind: "all" };
    const query = this.#alternatives();
    const rest = this.#pieces[this.#next];
    if (rest) throw new QueryProblem(rest.at, 'a ")" closes nothing', "leave it out, or put it in quotes");
    return query;
  }

  #alternatives(): LogQuery {
    const parts = [this.#together()];
    while (this.#take("OR")) parts.push(this.#together());
    return joined("or", parts);
  }

  #together(): LogQuery {
    const parts = [this.#one()];
    for (;;) {
      const kind = this.#pieces[this.#next]?.kind;
      if (kind === undefined || kind === "OR" || kind === ")") return joined("and", parts);
      this.#take("AND");
      parts.push(this.#one());
    }
  }

  #one(): LogQuery {
    const piece = this.#pieces[this.#next];
    this.#next += 1;
    switch (piece?.kind) {
      case "NOT":
      case "-":
        return { kind: "not", part: this.#deeper(piece.at, () => this.#one()) };
      case "(": {
        const query = this.#deeper(piece.at, () => this.#alternatives());
        if (!this.#take(")")) throw new QueryProblem(piece.at, 'a "(" is never closed', 'close it with ")"');
        return query;
      }
      case "text":
        return words(piece.text);
      case "field":
        return field(piece);
      default:
        throw missing(piece, this.#length);
    }
  }

  #deeper(at: number, read: () => LogQuery): LogQuery {
    const { queryNestingMax } = logLimits;
    if (this.#depth >= queryNestingMax)
      throw new QueryProblem(at, `the query is nested deeper than ${queryNestingMax}`, "use fewer parentheses");
    this.#depth += 1;
    const query = read();
    this.#depth -= 1;
    return query;
  }

  #take(kind: QueryPiece["kind"]): boolean {
    if (this.#pieces[this.#next]?.kind !== kind) return false;
    this.#next += 1;
    return true;
  }
}

function missing(piece: QueryPiece | undefined, length: number): QueryProblem {
  if (piece === undefined) return new QueryProblem(length, "something is missing at the end", "write what to look for");
  return new QueryProblem(
    piece.at,
    `nothing stands before "${piece.kind}"`,
    `write what to look for, or "${piece.kind}" in quotes to look for this text`,
  );
}

/** Parts of the same kind become one list, so that equal searches are equal values. */
function joined(kind: "and" | "or", parts: readonly LogQuery[]): LogQuery {
  if (parts.length === 1) return parts[0]!;
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) };
}

function words({ text, openStart, openEnd }: { text: string; openStart: boolean; openEnd: boolean }): LogQuery {
  return text === "" ? { kind: "all" } : { kind: "words", text, openStart, openEnd };
}

const bodyNames: ReadonlySet<string> = new Set(["message", "msg", "body"]);

function field(piece: QueryPiece & { kind: "field" }): LogQuery {
  if (bodyNames.has(piece.name) && piece.value.kind === "text") return words(piece.value.text);
  const name = fieldOf(piece.name);
  return { kind: "field", field: name, test: fieldTest(name, piece.value) };
}
