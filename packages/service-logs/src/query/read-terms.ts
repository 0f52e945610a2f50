import { QueryProblem } from "./query-problem.ts";

/** A piece of a query's text; `at` is where it begins, in UTF-16 units. */
export type QueryPiece =
  | { readonly kind: "(" | ")" | "-" | "AND" | "OR" | "NOT"; readonly at: number }
  | { readonly kind: "text"; readonly at: number; readonly text: StarredText }
  | { readonly kind: "field"; readonly at: number; readonly name: string; readonly value: FieldValue };

/** A word or a quoted phrase, with the stars before and after it. */
export interface StarredText {
  readonly text: string;
  readonly openStart: boolean;
  readonly openEnd: boolean;
  readonly quoted: boolean;
}

export type FieldValue =
  | { readonly kind: "text"; readonly at: number; readonly text: StarredText }
  | { readonly kind: "compare"; readonly at: number; readonly operator: string; readonly operand: string }
  | { readonly kind: "range"; readonly at: number; readonly from: string; readonly to: string };

const blanks = /\s*/y;
const fieldName = /([\p{L}_@][\p{L}\p{N}_.@/$-]*):(?!\/\/)/uy;
const comparison = /(>=|<=|>|<|=)\s*([^\s()"]*)/y;
const range = /\[\s*([^\s\]]+)\s+TO\s+([^\s\]]+)\s*\]/y;
const quoted = /(\*?)"((?:[^"\\]|\\[^])*)"(\*?)/y;
const bare = /[^\s()"]+/y;

/** The pieces of a query, in order. Throws `QueryProblem`. */
export function readTerms(query: string): QueryPiece[] {
  const pieces: QueryPiece[] = [];
  let at = skip(query, 0);
  while (at < query.length) {
    const { piece, end } = readPiece(query, at);
    pieces.push(piece);
    at = skip(query, end);
  }
  return pieces;
}

interface Read<T> {
  readonly piece: T;
  readonly end: number;
}

function readPiece(query: string, at: number): Read<QueryPiece> {
  const character = query[at]!;
  if (character === "(" || character === ")") return { piece: { kind: character, at }, end: at + 1 };
  // A dash that stands alone is a text like any other.
  if (character === "-" && /[^\s)]/.test(query[at + 1] ?? " ")) return { piece: { kind: "-", at }, end: at + 1 };
  const name = match(fieldName, query, at);
  if (name) {
    const { piece: value, end } = readValue(query, at + name[0].length, name[1]!);
    return { piece: { kind: "field", at, name: name[1]!, value }, end };
  }
  const { piece: text, end } = readText(query, at);
  if (!text.quoted && (text.text === "AND" || text.text === "OR" || text.text === "NOT") && !text.openEnd)
    return { piece: { kind: text.text, at }, end };
  return { piece: { kind: "text", at, text }, end };
}

function readValue(query: string, at: number, name: string): Read<FieldValue> {
  const compared = match(comparison, query, at);
  if (compared)
    return {
      piece: { kind: "compare", at, operator: compared[1]!, operand: compared[2]! },
      end: at + compared[0].length,
    };
  const between = match(range, query, at);
  if (between) return { piece: { kind: "range", at, from: between[1]!, to: between[2]! }, end: at + between[0].length };
  if (query[at] === "[") throw new QueryProblem(at, "a range is not whole", `write ${name}:[400 TO 499]`);
  if (query[at] === "(")
    throw new QueryProblem(at, "a field has one value", `name the field again: (${name}:a OR ${name}:b)`);
  if (/^(?:\s|\)|$)/.test(query.slice(at, at + 1)))
    throw new QueryProblem(
      at,
      `no value follows "${name}:"`,
      `write the value next to the colon, or "${name}:" in quotes to look for this text`,
    );
  const { piece: text, end } = readText(query, at);
  return { piece: { kind: "text", at, text }, end };
}

function readText(query: string, at: number): Read<StarredText> {
  const phrase = match(quoted, query, at);
  if (phrase) {
    const text = phrase[2]!.replace(/\\(["\\])/g, "$1");
    if (text === "") throw new QueryProblem(at, "the quotes are empty", "write a text between them, or leave them out");
    const openStart = phrase[1] === "*";
    return { piece: { text, openStart, openEnd: phrase[3] === "*", quoted: true }, end: at + phrase[0].length };
  }
  const [word] = match(bare, query, at) ?? [];
  if (word === undefined || (/^\*+$/.test(word) && query[at + word.length] === '"'))
    throw new QueryProblem(at, "a quote is never closed", 'close it with "');
  const text = word.replace(/^\*+|\*+$/g, "");
  const star = text.indexOf("*");
  if (star !== -1) {
    const hint = `put the text in quotes to look for a star: "${text}"`;
    throw new QueryProblem(at + word.indexOf("*", 1), "a star stands only at the ends of a word", hint);
  }
  return {
    piece: { text, openStart: word.startsWith("*"), openEnd: word.endsWith("*"), quoted: false },
    end: at + word.length,
  };
}

function skip(query: string, at: number): number {
  return at + (match(blanks, query, at)?.[0].length ?? 0);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
