const isAscii = /^[\0-\x7f]*$/; // eslint-disable-line no-control-regex
const asciiWord = /[a-z0-9_]+/g;
const anyWord = /[\p{L}\p{M}\p{N}_]+/gu;

/** The words of a text in small letters: runs of letters, digits and `_`. Queries and the index cut alike. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(isAscii.test(text) ? asciiWord : anyWord) ?? [];
}
