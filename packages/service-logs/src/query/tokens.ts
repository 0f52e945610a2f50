const ascii = /^[\0-\x7f]*$/;
const token = /[\p{L}\p{N}\p{Co}]+/gu;
const tokenAtEnd = /[\p{L}\p{N}\p{Co}]$/u;
const tokenAtStart = /^[\p{L}\p{N}\p{Co}]/u;

/**
 * The words of a text as the search sees them: runs of letters and digits, without case and Latin diacritics. SQLite's
 * `unicode61` parts and folds alike, but knows no characters younger than Unicode 6.1 and takes them all for letters
 * (newer emoji, too): an index is fed with these tokens, joined by spaces, and asked for the tokens of a query.
 */
export function tokensOf(text: string): string[] {
  return foldText(text).match(token) ?? [];
}

/** Text without case and without the diacritics of Latin letters: `É` and `e` are the same. */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  let folded = "";
  for (const character of text) folded += character < "\x80" ? character.toLowerCase() : foldCharacter(character);
  return folded;
}

function foldCharacter(character: string): string {
  if (isDiacritic(character.codePointAt(0)!)) return "";
  const [base = "", ...marks] = character.normalize("NFD");
  if (/[a-z]/i.test(base) && marks.every((mark) => /\p{M}/u.test(mark))) return base.toLowerCase();
  // By way of the capital, so that both small sigmas are one; not where the capital is two letters.
  const capital = character.toUpperCase();
  const small = (capital.length === character.length ? capital : character).toLowerCase();
  return small.length === character.length ? small : character;
}

/**
 * Combining marks that unicode61 takes for part of a letter, as bits from U+0300 and from U+0320 on; others part words.
 */
function isDiacritic(codePoint: number): boolean {
  const bit = codePoint - 0x300;
  if (bit < 0 || bit > 49) return false;
  return bit < 32 ? ((0x08029fdf >>> bit) & 1) === 1 : ((0x000361f8 >>> (bit - 32)) & 1) === 1;
}

/**
 * Whether folded text holds `part` (folded too); `startsOnToken` and `endsOnToken` say that the part's first and last
 * token may not be pieces of longer ones.
 */
export function holdsText(folded: string, part: string, startsOnToken: boolean, endsOnToken: boolean): boolean {
  const start = startsOnToken && tokenAtStart.test(part);
  const end = endsOnToken && tokenAtEnd.test(part);
  for (let at = folded.indexOf(part); at !== -1; at = folded.indexOf(part, at + 1)) {
    const after = at + part.length;
    // Two units each, since a letter may be a surrogate pair.
    const isStart = !start || !tokenAtEnd.test(folded.slice(Math.max(0, at - 2), at));
    const isEnd = !end || !tokenAtStart.test(folded.slice(after, after + 2));
    if (isStart && isEnd) return true;
  }
  return false;
}
