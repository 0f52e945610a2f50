import type { ColumnValue } from "@footfall/changes";
import type { Product } from "./product/product.ts";

/** What one product of a feed tells, by the feed's own names. A field told more than once is a list. */
export type Fields = ReadonlyMap<string, ColumnValue>;

/** A product of a feed before it is understood, or why it could not be taken apart. */
export type FeedEntry =
  | { readonly line: number; readonly fields: Fields }
  | { readonly line: number; readonly fields?: Fields; readonly problem: FieldProblem };

export interface FieldProblem {
  /** The field at fault, by the feed's name; undefined where it is the row as a whole. */
  readonly field: string | undefined;
  /** What is wrong, with what was found, and what to write instead. */
  readonly reason: string;
}

/** A product, or a row that holds none. */
export type FeedRow =
  | { readonly line: number; readonly product: Product }
  | {
      /** The line on which the row begins, from 1. */
      readonly line: number;
      /** Undefined where the row does not say whose it is. */
      readonly itemId: string | undefined;
      readonly problem: FieldProblem;
    };

/** Adds a value to what a field has. */
export function addField(fields: Map<string, ColumnValue>, name: string, value: ColumnValue): void {
  const known = fields.get(name);
  if (known === undefined) fields.set(name, value);
  else fields.set(name, Array.isArray(known) ? [...(known as ColumnValue[]), value] : [known, value]);
}
