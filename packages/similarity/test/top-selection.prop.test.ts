import fc from "fast-check";
import { expect, test } from "vitest";
import { TopSelection } from "../src/top-selection.ts";

test("a selection equals the head of a full sort", () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(1000)), { selector: ([, index]) => index });
  fc.assert(
    fc.property(pairs, fc.nat(20), (offered, limit) => {
      const selection = new TopSelection(3);
      selection.reset(limit);
      for (const [score, index] of offered) selection.add(score, index);
      selection.sort();
      const kept = Array.from({ length: selection.count }, (_, at) => [selection.scores[at], selection.indices[at]]);
      expect(kept).toEqual(offered.sort(([s, i], [t, j]) => t - s || i - j).slice(0, limit));
    }),
  );
});
