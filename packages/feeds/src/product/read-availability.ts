import type { ColumnValue } from "@footfall/changes";
import type { Availability } from "./product.ts";

/** Google's words, schema.org's, and what shops write, without case, spaces and hyphens. */
const words: ReadonlyMap<string, Availability> = new Map(
  Object.entries({
    instock: "in_stock",
    availablefororder: "in_stock",
    available: "in_stock",
    limitedavailability: "in_stock",
    onlineonly: "in_stock",
    instoreonly: "in_stock",
    outofstock: "out_of_stock",
    soldout: "out_of_stock",
    discontinued: "out_of_stock",
    unavailable: "out_of_stock",
    preorder: "preorder",
    presale: "preorder",
    backorder: "backorder",
    madetoorder: "backorder",
  }),
);
const truths: ReadonlyMap<string, boolean> = new Map(
  Object.entries({ true: true, yes: true, 1: true, false: false, no: false, 0: false }),
);

/** `in stock`, `in_stock`, `https://schema.org/InStock`, …; undefined for other words. */
export function readAvailability(text: string): Availability | undefined {
  const word = text.replace(/^https?:\/\/schema\.org\//i, "").replace(/[\s_-]+/g, "");
  return words.get(word.toLowerCase());
}

/** true, yes, 1 and their opposites; undefined for anything else. */
export function readTruth(value: ColumnValue): boolean | undefined {
  return typeof value === "object" ? undefined : truths.get(String(value).trim().toLowerCase());
}
