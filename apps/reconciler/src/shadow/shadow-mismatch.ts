import type { Difference, Mismatch, ShadowOutcome } from "@footfall/comparison";
import type { AskedAnswer } from "./ask-recommender.ts";
import type { ShadowRequest } from "./shadow-request.ts";

export interface AskedPair {
  readonly request: ShadowRequest;
  readonly left: AskedAnswer;
  readonly right: AskedAnswer;
  /** Addresses of the sides. */
  readonly urls: { readonly left: string; readonly right: string };
}

const itemDifferencesMax = 20;

/** A request whose answers differ, in the form of a pair of records that differs; undefined where they do not. */
export function shadowMismatch(outcome: ShadowOutcome, pair: AskedPair): Mismatch | undefined {
  if (outcome.kind === "compared" && outcome.ranking.isIdentical) return undefined;
  if (outcome.kind.startsWith("both")) return undefined;
  const { request, urls } = pair;
  const record = (side: "left" | "right") => {
    const { askedAtMs, text } = pair[side];
    return { place: `${urls[side]}${request.path}`, timeMs: askedAtMs, copies: 1, text };
  };
  const found = differencesOf(pair);
  return {
    outcome: outcome.kind === "left alone" ? "only left" : outcome.kind === "right alone" ? "only right" : "different",
    key: request.body === undefined ? request.path : `${request.path} ${request.body}`,
    eventType: "recommendations",
    reason: reasonOf(outcome),
    left: record("left"),
    right: record("right"),
    differences: found.slice(0, itemDifferencesMax),
    differenceCount: found.length,
  };
}

function reasonOf(outcome: ShadowOutcome): string {
  if (outcome.kind !== "compared") return "reason" in outcome ? outcome.reason : outcome.kind;
  const { overlap, rbo, tau } = outcome.ranking;
  const order = tau === undefined ? "" : `, τ ${tau.toFixed(2)}`;
  return `overlap@10 ${overlap[10].toFixed(2)}, rank-biased overlap ${rbo.toFixed(2)}${order}`;
}

/** Items that one side lacks, then the order of those that both have. */
function differencesOf({ left, right }: AskedPair): readonly Difference[] {
  if (left.answer.kind !== "answered" || right.answer.kind !== "answered") return [];
  const [leftItems, rightItems] = [left.answer.items, right.answer.items];
  const [leftSet, rightSet] = [new Set(leftItems), new Set(rightItems)];
  const lacking = (items: readonly string[], other: ReadonlySet<string>, side: "left" | "right"): Difference[] =>
    items.flatMap((item, rank) =>
      other.has(item)
        ? []
        : [
            {
              pointer: `/items/${rank}`,
              field: "/items/*",
              kind: side === "left" ? "removed" : "added",
              [side]: JSON.stringify(item),
            } satisfies Difference,
          ],
    );
  const [leftShared, rightShared] = [
    leftItems.filter((id) => rightSet.has(id)),
    rightItems.filter((id) => leftSet.has(id)),
  ];
  const isMoved = leftShared.join("\n") !== rightShared.join("\n");
  const order: Difference = {
    pointer: "/items",
    field: "/items",
    kind: "order",
    left: JSON.stringify(leftShared.slice(0, 10)),
    right: JSON.stringify(rightShared.slice(0, 10)),
  };
  return [
    ...lacking(leftItems, rightSet, "left"),
    ...lacking(rightItems, leftSet, "right"),
    ...(isMoved ? [order] : []),
  ];
}
