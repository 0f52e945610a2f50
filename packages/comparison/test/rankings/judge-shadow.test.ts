import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeShadow, type ShadowAnswer, type ShadowLimits, ShadowTally } from "../../src/index.ts";
import { MeanTally } from "../../src/rankings/mean-tally.ts";

const limits: ShadowLimits = { overlapMin: 0.9, rboMin: 0.9, onesidedRateMax: 0, requestsMin: 100 };
const answer = (items: string, latencyMs = 1): ShadowAnswer => ({ kind: "answered", items: [...items], latencyMs });
const timeOut: ShadowAnswer = { kind: "failed", reason: "time-out" };
const refusal: ShadowAnswer = { kind: "refused", reason: "400 REQUEST_INVALID", latencyMs: 1 };
const unknown: ShadowAnswer = { kind: "refused", reason: "401 EVENT_KEY_INVALID", latencyMs: 1 };

function tallyOf(...groups: (readonly [count: number, left: ShadowAnswer, right: ShadowAnswer])[]): ShadowTally {
  const tally = new ShadowTally();
  for (const [count, left, right] of groups) for (let at = 0; at < count; at++) tally.add(left, right);
  return tally;
}

const judge = (tally: ShadowTally, changed: Partial<ShadowLimits> = {}, state = {}) =>
  judgeShadow(tally.counts(), { ...limits, ...changed }, state);

describe("the verdict of a shadow run", () => {
  it("is equal for equal answers, given enough of them", () => {
    expect(judge(tallyOf([100, answer("abc"), answer("abc")]))).toMatchObject({ exitCode: 0, verdict: "equal" });
    const few = judge(tallyOf([99, answer("abc"), answer("abc")]));
    expect(few).toMatchObject({ exitCode: 2, reasons: ["99 rankings were compared, 100 are wanted (--requests-min)"] });
    expect(judge(new ShadowTally())).toMatchObject({ exitCode: 2 });
  });

  it("counts neither empty answers nor refusals of both as rankings that agree", () => {
    const tally = tallyOf([500, answer(""), answer("")], [500, refusal, refusal], [3, timeOut, timeOut]);
    expect(judge(tally).exitCode).toBe(2);
    expect(tally.counts()).toMatchObject({
      requests: 1003,
      compared: 0,
      bothEmpty: 500,
      bothRefused: 500,
      bothFailed: 3,
    });
  });

  it("is different by the items, and by their order alone", () => {
    const byItems = judge(
      tallyOf([100, answer("abcdefghij"), answer("abcdefghij")], [100, answer("ab"), answer("xy")]),
    );
    expect(byItems).toMatchObject({
      exitCode: 1,
      reasons: [expect.stringContaining("overlap@10 is 0.5"), expect.anything()],
    });
    const byOrder = judge(tallyOf([200, answer("abcd"), answer("dcba")]));
    expect(byOrder.exitCode).toBe(1);
    expect(byOrder.reasons).toEqual([expect.stringMatching(/^rank-biased overlap is 0\.\d+/)]);
  });

  it("asks for more where the mean's bounds hold the limit", () => {
    const tally = tallyOf([91, answer("ab"), answer("ab")], [9, answer("ab"), answer("xy")]);
    expect(judge(tally)).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringContaining("around the limit 0.9"), expect.anything()],
    });
  });

  it.each([
    ["a time-out", answer("a"), timeOut],
    ["an empty answer", answer("a"), answer("")],
    ["a refusal", refusal, answer("a")],
    ["another refusal", refusal, unknown],
    ["a refusal against a time-out", refusal, timeOut],
  ])("is different by one request: %s", (_, left, right) => {
    const tally = tallyOf([999, answer("abc"), answer("abc")], [1, left, right]);
    expect(judge(tally)).toMatchObject({ exitCode: 1, reasons: [expect.stringContaining("1 of 1000 requests")] });
    expect(judge(tally, { onesidedRateMax: 0.01 }).exitCode).toBe(0);
    expect(judge(tally, { onesidedRateMax: 0.002 }).exitCode).toBe(2);
  });

  it("says nothing of the right side where the left differs from itself, or a side stopped", () => {
    const different = tallyOf([200, answer("ab"), answer("xy")]);
    const noise = tallyOf([200, answer("ab"), answer("yb")]).counts();
    expect(judge(different, {}, { noise })).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringContaining("itself"), expect.anything()],
    });
    const quiet = tallyOf([200, answer("ab"), answer("ab")]).counts();
    expect(judge(different, {}, { noise: quiet }).exitCode).toBe(1);
    const stopped = tallyOf([200, answer("ab"), answer("ab")], [30, answer("ab"), timeOut]);
    expect(stopped.failuresInARow("right")).toBe(30);
    expect(judge(stopped, {}, { stopped: "right" })).toMatchObject({
      exitCode: 2,
      reasons: ["the right side stopped answering: time-out (30 times)"],
    });
  });

  it("judges latency only where it is asked to, by the nearest rank", () => {
    const tally = new ShadowTally();
    for (let ms = 1; ms <= 200; ms++) tally.add(answer("a", ms), answer("a", 3 * ms));
    expect(tally.counts()).toMatchObject({
      left: { latencyMs: { p50: 100, p99: 198 } },
      right: { latencyMs: { p50: 300, p99: 594 } },
    });
    expect(judge(tally).exitCode).toBe(0);
    expect(judge(tally, { latencyRatioMax: 3 }).exitCode).toBe(0);
    expect(judge(tally, { latencyRatioMax: 2.5 })).toMatchObject({
      exitCode: 1,
      reasons: [expect.stringContaining("3.00 times")],
    });
  });
});

describe("a mean", () => {
  it("is the values' own, its bounds around it and within what values can be", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 200 }), (values) => {
        const tally = new MeanTally();
        for (const value of values) tally.add(value);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
        const spread = 1.959964 * Math.sqrt(variance / values.length);
        const found = tally.bounds(0, 1)!;
        expect(found.mean).toBeCloseTo(mean, 9);
        expect(found.lower).toBeCloseTo(Math.max(0, mean - spread), 9);
        expect(found.upper).toBeCloseTo(Math.min(1, mean + spread), 9);
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 100) },
    );
    const one = new MeanTally();
    expect(one.bounds(0, 1)).toBeUndefined();
    one.add(0.5);
    expect(one.bounds(0, 1)).toEqual({ mean: 0.5, lower: 0, upper: 1 });
  });
});
