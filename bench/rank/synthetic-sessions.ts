import { seededRandom } from "@footfall/base";
import type { ItemSessions } from "@footfall/similarity";

export interface SyntheticSessionsShape {
  readonly clicks: number;
  readonly items: number;
  readonly seed: number;
  /** End of the newest session, ms since the epoch. */
  readonly endMs: number;
}

const meanLength = 5.5;
const lengthMax = 50;
const spanMs = 40 * 86_400_000;

/**
 * Sessions like those of bench/train: lengths 1 + geometric, item frequencies falling like Zipf's law with exponent
 * 0.6, and half of a session's clicks near its topic; over 40 days.
 */
export function syntheticSessions({ clicks, items, seed, endMs }: SyntheticSessionsShape): ItemSessions {
  const random = seededRandom(seed);
  const popularItem = (): number => Math.floor(items * random() ** 2.5);
  const clicked = new Int32Array(clicks);
  const offsets = new Int32Array(clicks + 1);
  let sessionCount = 0;
  for (let at = 0; at < clicks;) {
    const drawn = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / meanLength));
    const end = Math.min(clicks, at + Math.min(lengthMax, drawn));
    const topic = popularItem();
    for (; at < end; at++) {
      clicked[at] = random() < 0.5 ? (topic + Math.floor(40 * random() ** 2)) % items : popularItem();
    }
    offsets[++sessionCount] = at;
  }
  const stepMs = spanMs / sessionCount;
  return {
    itemCount: items,
    sessionCount,
    offsets: offsets.slice(0, sessionCount + 1),
    items: clicked,
    weights: new Uint8Array(clicks).fill(1),
    endTimesMs: Float64Array.from({ length: sessionCount }, (_, session) =>
      Math.floor(endMs - (sessionCount - 1 - session) * stepMs),
    ),
  };
}
