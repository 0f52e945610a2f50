import type { EventId } from "./brand.ts";
import type { Random } from "./random.ts";

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in canonical lower-case form, of any version. */
export function isUuid(text: string): text is EventId {
  return canonicalUuid.test(text);
}

/** All bytes in hexadecimal; making them anew for each id costs three times as much. */
const hexBytes = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

/**
 * A version 7 UUID (RFC 9562, section 5.7): 48 bits of time, 74 random bits.
 * @param timeMs  milliseconds since the epoch, 0 to 2^48 - 1
 * @param random  source of the random bits
 */
export function uuidv7(timeMs: number, random: Random): EventId {
  const time = hexWord(timeMs / 2 ** 32) + hexWord(timeMs / 2 ** 16) + "-" + hexWord(timeMs);
  const a = hexWord(0x7000 | (random() * 0x1000));
  const b = hexWord(0x8000 | (random() * 0x4000));
  const c = hexWord(random() * 0x10000) + hexWord(random() * 0x10000) + hexWord(random() * 0x10000);
  return `${time}-${a}-${b}-${c}` as EventId;
}

/** The last 16 bits before the point. */
function hexWord(value: number): string {
  return hexBytes[(value >> 8) & 0xff]! + hexBytes[value & 0xff]!;
}
