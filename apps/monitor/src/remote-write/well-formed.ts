const loneSurrogate = /\p{Surrogate}/u;

/** The text with U+FFFD where it is no Unicode: JSON may hold halves of characters, UTF-8 cannot. */
export function wellFormed(text: string): string {
  return loneSurrogate.test(text) ? text.replaceAll(/\p{Surrogate}/gu, "\u{FFFD}") : text;
}
