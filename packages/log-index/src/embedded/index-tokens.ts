import { foldText, type LogEntry, type LogValue, tokensOf } from "@footfall/service-logs";

/*
 * The text that the index sees of an entry: the words of the body, and tokens of ours. Ours begin with signs, which no
 * word has, so that no query for a word finds them.
 */

/** One value of one field. */
export function facetToken(facetId: number): string {
  return `§${facetId.toString(36)}`;
}

/** A field has a value that got no facet. */
export function crowdedToken(fieldId: number): string {
  return `¶${fieldId.toString(36)}`;
}

/** Such a value, of any field; few values have the same token, so what it finds has to be checked. */
export function valueToken(value: LogValue): string {
  const text = foldText(String(value));
  // FNV-1a
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `¤${(hash >>> 0).toString(36)}`;
}

// The tokenizer parts such text exactly as `tokensOf` does, and faster.
const isPlain = /^[\x01-\x7f]*$/; // eslint-disable-line no-control-regex

/** Text for the tokenizer of `tokensTable`. */
export function indexTextOf({ body }: LogEntry, fieldTokens: string): string {
  return `${isPlain.test(body) ? body : tokensOf(body).join(" ")} ${fieldTokens}`;
}

/**
 * Nothing is stored but which rows have a token: positions would triple the index, and phrases are checked against the
 * stored bodies. Bytes beyond ASCII belong to tokens; only `tokensOf` knows which of them are letters. Segments within
 * the index are merged eight at a time: four would be a fifth more work, all of it while others wait.
 */
export const tokensTable = `
  create virtual table tokens using fts5(text, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
  insert into tokens (tokens, rank) values ('automerge', 8)`;
