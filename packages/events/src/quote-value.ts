/** Characters of a refused text that are told; the whole of it is kept elsewhere. */
const quotedLengthMax = 60;

/** What was sent, short and on one line, for the reason of a refusal. Total: never looks into what it quotes. */
export function quoteValue(value: unknown): string {
  if (typeof value === "string") {
    const start = JSON.stringify(value.slice(0, quotedLengthMax));
    return value.length > quotedLengthMax ? `${start}…` : start;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
