import fc from "fast-check";
import { expect, it } from "vitest";
import { formatLsn, parseLsn } from "../../src/postgres/lsn.ts";

it("reads places as PostgreSQL writes them, padded or not, and writes them back", () => {
  expect(parseLsn("16/B374D848")).toBe(0x16_b374_d848n);
  expect(parseLsn("00000016/0374D848")).toBe(parseLsn("16/374D848"));
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});
