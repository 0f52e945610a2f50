import type { EventId } from "./brand.ts";
import type { Random } from "./random.ts";

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in canonical lower-case form, of any version. */
export function isUuid(text: string): text is EventId {
  return canonicalUuid.test(text);
}

/**
 * A version 7 UUID (RFC 9562, section 5.7): 48 bits of time, 74 random bits.
 * @param timeMs  milliseconds since the epoch, 0 to 2^48 - 1
 * @param random  source of the random bits
 */
export function uuidv7(timeMs: number, random: Random): EventId {
  const nextWord = () => (random() * 65_536) | 0;
  const time = hex(timeMs, 12);
  const a = hex(0x7000 | (nextWord() & 0x0fff), 4);
  const b = hex(0x8000 | (nextWord() & 0x3fff), 4);
  const c = hex(nextWord(), 4) + hex(nextWord(), 4) + hex(nextWord(), 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-${a}-${b}-${c}` as EventId;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
