import { type LogEntry, type LogValue, wordsOf } from "@footfall/service-logs";

/*
 * The text that the index sees of an entry: the words of the body, and tokens of ours. Ours begin with a character
 * that no word has, so that no query for a word finds them.
 */

/** Every entry has it: what a query for the opposite starts from. */
export const everyEntryToken = "\u{E000}";

/** One value of one field. */
export function facetToken(facetId: number): string {
  return `\u{E001}${facetId.toString(36)}`;
}

/** A word of a field that has too many values for facets, and that the body does not have. */
export function fieldWordToken(word: string): string {
  return `\u{E002}${word}`;
}

// The tokenizer cuts such text exactly as `wordsOf` does, and faster.
const isPlain = /^[\x01-\x7f]*$/; // eslint-disable-line no-control-regex

/** Text for the tokenizer of `tokensTable`. */
export function indexTextOf(entry: LogEntry, facetIds: readonly number[], crowded: readonly LogValue[]): string {
  const isTaken = isPlain.test(entry.body);
  const bodyWords = isTaken && crowded.length === 0 ? [] : wordsOf(entry.body);
  let text = isTaken ? entry.body : bodyWords.join(" ");
  text += ` ${everyEntryToken}`;
  for (const id of facetIds) text += ` ${facetToken(id)}`;
  const known = new Set(bodyWords);
  for (const value of crowded) {
    for (const word of wordsOf(String(value))) if (!known.has(word)) text += ` ${fieldWordToken(word)}`;
  }
  return text;
}

/**
 * Nothing is stored but which rows have a token: positions would triple the index, and phrases are checked against the
 * stored entries. Bytes beyond ASCII belong to tokens; only `wordsOf` knows which of them are letters.
 */
export const tokensTable = `create virtual table tokens using fts5(
  text, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars '_'")`;
