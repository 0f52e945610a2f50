import { type ExactJson, isObject } from "../json/exact-json.ts";

/** The fields of a document and their types, whatever their values; one object for all documents that are alike. */
export interface DocumentShape {
  /** Any of them. */
  readonly document: ExactJson;
}

/** Further shapes are not noted: documents with ever new names would fill the memory. */
const shapesMax = 1_000;
/** Nor are those of longer documents: naming one takes its length. */
const charactersMax = 8_192;

/** Knows documents again by their shape, so that what all of a shape have is counted at once. */
export class DocumentShapes {
  readonly #byName = new Map<string, DocumentShape>();

  /** The shape of a document; undefined where it is not noted, and the document must be looked at by itself. */
  of(document: ExactJson, text: string): DocumentShape | undefined {
    if (text.length > charactersMax) return undefined;
    const name = shapeName(document);
    const known = this.#byName.get(name);
    if (known || this.#byName.size >= shapesMax) return known;
    const shape = { document };
    this.#byName.set(name, shape);
    return shape;
  }
}

/** Names with their lengths, so that no name can be taken for what follows it. */
function shapeName(value: ExactJson): string {
  if (typeof value === "string") return "s";
  if (typeof value === "number") return "n";
  if (value === null) return "0";
  if (typeof value === "boolean") return "b";
  if (Array.isArray(value)) {
    let name = "[";
    for (const element of value) name += shapeName(element);
    return `${name}]`;
  }
  if (!isObject(value)) return "n";
  let name = "{";
  for (const field of Object.keys(value)) name += `${field.length}:${field}${shapeName(value[field]!)}`;
  return `${name}}`;
}
