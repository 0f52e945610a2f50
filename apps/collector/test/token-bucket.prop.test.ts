import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../src/token-bucket.ts";

const startMs = 1_700_000_000_000;
const bounds = fc.record({
  perSecond: fc.integer({ min: 1, max: 5_000 }),
  burstSeconds: fc.integer({ min: 1, max: 60 }),
});

describe("TokenBucket", () => {
  it("lets through no more than its burst, its rate and one amount, and is full again when it should be", () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(5_000), amount: fc.integer({ min: 1, max: 20_000 }) }));
    fc.assert(
      fc.property(bounds, steps, ({ perSecond, burstSeconds }, sent) => {
        const bucket = new TokenBucket(perSecond, burstSeconds);
        let nowMs = startMs;
        let taken = 0;
        for (const { afterMs, amount } of sent) {
          nowMs += afterMs;
          if (bucket.waitMs(nowMs) > 0) continue;
          expect(taken).toBeLessThan(perSecond * burstSeconds + (perSecond * (nowMs - startMs)) / 1000);
          bucket.take(amount);
          taken += amount;
        }
        bucket.waitMs(nowMs + (taken / perSecond + 1) * 1000);
        expect(bucket.isHalfFull()).toBe(true);
      }),
    );
  });

  it("refuses no amount for ever: it takes after just the wait that it tells", () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(bounds, amounts, ({ perSecond, burstSeconds }, sent) => {
        const bucket = new TokenBucket(perSecond, burstSeconds);
        let nowMs = startMs;
        for (const amount of sent) {
          const waitMs = bucket.waitMs(nowMs);
          if (waitMs > 1) expect(bucket.waitMs(nowMs + waitMs - 1)).toBe(1);
          nowMs += waitMs;
          expect(bucket.waitMs(nowMs)).toBe(0);
          bucket.take(amount);
        }
      }),
    );
  });

  it("neither fills nor empties when the clock is set back, and goes on from there", () => {
    fc.assert(
      fc.property(bounds, fc.nat(10_000_000), fc.nat(1_000), ({ perSecond, burstSeconds }, backMs, owed) => {
        const bucket = new TokenBucket(perSecond, burstSeconds);
        bucket.waitMs(startMs);
        bucket.take(perSecond * burstSeconds + owed);
        const waitMs = bucket.waitMs(startMs);
        expect(bucket.waitMs(startMs - backMs)).toBe(waitMs);
        expect(bucket.waitMs(startMs - backMs + waitMs)).toBe(0);
      }),
    );
  });
});
