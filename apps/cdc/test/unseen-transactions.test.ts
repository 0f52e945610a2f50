import { expect, it } from "vitest";
import { UnseenTransactions } from "../src/postgres/unseen-transactions.ts";

it("does not see what has not ended, nor anything from the next one on", () => {
  const unseen = new UnseenTransactions("100:110:103,107");
  expect([99, 100, 103, 104, 107, 109, 110, 111, 5000].filter((xid) => unseen.has(xid))).toEqual([
    103, 107, 110, 111, 5000,
  ]);
});

it("counts round 2^32", () => {
  const turn = 2n ** 32n;
  const unseen = new UnseenTransactions(`${turn - 2n}:${turn + 3n}:${turn - 1n}`);
  expect([4_294_967_290, 4_294_967_295, 0, 2, 3, 9].filter((xid) => unseen.has(xid))).toEqual([4_294_967_295, 3, 9]);
  const late = new UnseenTransactions(`${turn - 4n}:${turn - 4n}:`);
  expect([4_294_967_291, 4_294_967_292, 0, 7].filter((xid) => late.has(xid))).toEqual([4_294_967_292, 0, 7]);
});
