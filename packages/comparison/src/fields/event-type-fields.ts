import type { ExactJson } from "../json/exact-json.ts";
import type { DocumentShape } from "./document-shapes.ts";
import { FieldTree, type Side } from "./field-tree.ts";

/** The pairs of one event type, and what fields they had. */
export class EventTypeFields {
  readonly #tree = new FieldTree();
  readonly #shapes = new Map<DocumentShape, Record<Side, number>>();
  pairs = 0;

  /** Counts a document by its shape. */
  countShape(side: Side, shape: DocumentShape): void {
    let counts = this.#shapes.get(shape);
    if (!counts) this.#shapes.set(shape, (counts = { left: 0, right: 0 }));
    counts[side] += 1;
  }

  /** Counts a document whose shape is not noted. */
  countDocument(side: Side, document: ExactJson): void {
    this.#tree.observe(document, { left: side === "left" ? 1 : 0, right: side === "right" ? 1 : 0 });
  }

  /** The fields of all that was counted. */
  tree(): FieldTree {
    for (const [{ document }, counts] of this.#shapes) this.#tree.observe(document, counts);
    this.#shapes.clear();
    return this.#tree;
  }
}
