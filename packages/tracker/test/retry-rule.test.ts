import { seededRandom } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import { expect, test } from "vitest";
import { backOffMaxMs, backOffMs, judgeAnswer, retryAfterMaxMs, retryAfterMs } from "../src/retry-rule.ts";

const receipts = (count: number): EventReceipt[] =>
  Array.from({ length: count }, (_, index) => ({ eventId: String(index), status: "accepted" }));

test.each([
  [200, "settled"],
  [207, "settled"],
  [0, "retry"],
  [408, "retry"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
  [302, "refused"],
  [400, "refused"],
  [401, "refused"],
  [403, "refused"],
  [404, "refused"],
  [405, "refused"],
  [413, "refused"],
] as const)("status %i is %s", (status, verdict) => {
  expect(judgeAnswer({ status, receipts: receipts(2) }, 2)).toBe(verdict);
});

test("a success without one receipt per event came from someone else", () => {
  expect(judgeAnswer({ status: 200 }, 1)).toBe("refused");
  expect(judgeAnswer({ status: 200, receipts: receipts(1) }, 2)).toBe("refused");
});

test("only a code of ours about the body condemns it", () => {
  for (const code of ["EVENT_BODY_TOO_LARGE", "EVENT_BODY_MALFORMED", "EVENT_BATCH_TOO_LONG", "EVENT_TOO_LARGE"]) {
    expect(judgeAnswer({ status: 413, code }, 1)).toBe("unfit");
  }
  for (const code of ["EVENT_KEY_INVALID", "EVENT_ORIGIN_FORBIDDEN", "REQUEST_NOT_FOUND", "TOO_LARGE", ""]) {
    expect(judgeAnswer({ status: 403, code }, 1)).toBe("refused");
  }
  expect(judgeAnswer({ status: 503, code: "LOG_UNAVAILABLE" }, 1)).toBe("retry");
});

test("back-off doubles its range up to the bound and uses all of it", () => {
  expect(backOffMs(1, () => 0)).toBe(0);
  expect([1, 2, 3, 10, 2_000].map((failures) => backOffMs(failures, () => 0.5))).toEqual([
    1_000,
    2_000,
    4_000,
    backOffMaxMs / 2,
    backOffMaxMs / 2,
  ]);
  const random = seededRandom(7);
  const waits = Array.from({ length: 1_000 }, () => backOffMs(2, random));
  expect(Math.max(...waits)).toBeGreaterThan(3_800);
  expect(Math.min(...waits)).toBeLessThan(200);
});

test("Retry-After is seconds or a date, bounded, and nothing else", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(retryAfterMs("7", nowMs)).toBe(7_000);
  expect(retryAfterMs(new Date(nowMs + 30_000).toUTCString(), nowMs)).toBe(30_000);
  expect(retryAfterMs(new Date(nowMs - 30_000).toUTCString(), nowMs)).toBe(0);
  expect(retryAfterMs("999999999", nowMs)).toBe(retryAfterMaxMs);
  for (const header of [null, undefined, "", "soon", "-3"]) expect(retryAfterMs(header, nowMs)).toBe(0);
});
