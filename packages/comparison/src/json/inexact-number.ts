const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
/** Digits of a whole number that every double holds. */
const safeDigits = 15;

/**
 * Whether a text of JSON has a number that a double, or its text, would change: long ones, trailing zeros, exponents,
 * -0. Strings are passed over. What is no JSON is left to the parser to refuse.
 */
export function hasInexactNumber(text: string): boolean {
  const { length } = text;
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (code === minus || (code >= zero && code <= nine)) {
      const start = at;
      let isWhole = code !== minus;
      while (at + 1 < length && isNumberPart(text.charCodeAt(at + 1))) {
        at += 1;
        const part = text.charCodeAt(at);
        if (part < zero || part > nine) isWhole = false;
      }
      if (isWhole && at - start < safeDigits) continue;
      const number = text.slice(start, at + 1);
      if (String(Number(number)) !== number) return true;
    }
  }
  return false;
}

/** Index of the quote that ends the string, or of the end of a text that does not end it. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const end = text.indexOf('"', from);
    if (end === -1) return text.length;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
    from = end + 1;
  }
}

/** Digits, `.`, `e`, `E`, `+`, `-`. */
function isNumberPart(code: number): boolean {
  return (
    (code >= zero && code <= nine) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === minus
  );
}
