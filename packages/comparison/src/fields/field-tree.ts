import { typeNameOf } from "../compare/compare-documents.ts";
import { type ExactJson, isObject } from "../json/exact-json.ts";

export type Side = "left" | "right";
export type JsonType = ReturnType<typeof typeNameOf>;

/** What one side showed at a field. */
export interface FieldCounts {
  /** Values, null among them. */
  present: number;
  readonly types: Map<JsonType, number>;
}

export type SideCounts = Readonly<Record<Side, number>>;

/** A field of an event type; elements of a list are one field, `*`. */
export interface FieldNode {
  readonly children: Map<string, FieldNode>;
  readonly left: FieldCounts;
  readonly right: FieldCounts;
}

/** Names of one object beyond which it counts as a map: further names are one field, `*`. */
export const namesMax = 200;
/** Fields of one event type beyond which no new one is noted. */
export const fieldsMax = 5_000;

/** The fields that the pairs of one event type had, on either side: what a verdict speaks of. */
export class FieldTree {
  readonly root = newFieldNode();
  #fields = 0;
  #isCut = false;

  /** Whether there were more fields than are noted. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** @param counts  how many documents of this shape each side had */
  observe(document: ExactJson, counts: SideCounts): void {
    this.#observe(this.root, document, counts);
  }

  #observe(node: FieldNode, value: ExactJson, counts: SideCounts): void {
    const type = typeNameOf(value);
    for (const side of ["left", "right"] as const) {
      const count = counts[side];
      if (count === 0) continue;
      const { types } = node[side];
      node[side].present += count;
      types.set(type, (types.get(type) ?? 0) + count);
    }
    if (Array.isArray(value)) {
      for (const element of value) this.#observeChild(node, "*", element, counts);
    } else if (isObject(value)) {
      for (const name of Object.keys(value)) this.#observeChild(node, name, value[name]!, counts);
    }
  }

  #observeChild(node: FieldNode, name: string, value: ExactJson, counts: SideCounts): void {
    const kept = node.children.has(name) || node.children.size < namesMax ? name : "*";
    let child = node.children.get(kept);
    if (!child) {
      if (this.#fields >= fieldsMax) {
        this.#isCut = true;
        return;
      }
      this.#fields += 1;
      node.children.set(kept, (child = newFieldNode()));
    }
    this.#observe(child, value, counts);
  }
}

function newFieldNode(): FieldNode {
  const counts = (): FieldCounts => ({ present: 0, types: new Map() });
  return { children: new Map(), left: counts(), right: counts() };
}
