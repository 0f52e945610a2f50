import type { ColumnValue } from "@footfall/changes";
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { addField, type FeedEntry } from "../feed-row.ts";
import { invalid } from "../feed-text.ts";
import { XmlMender } from "./mend-xml.ts";

const roots = new Set(["rss", "feed", "RDF"]);
const entryNames = new Set(["item", "entry"]);
const googleSpace = /^https?:\/\/base\.google\.com\/c?ns\/1\.0$/;
/** Of one text or tag: what is longer was never closed. */
const pieceLengthMax = 8_388_608;
/** Faults that concern one text and leave the document whole. */
const textFault = /undefined entity|entity name|character entity|disallowed character\.|"\]\]>"/;

/**
 * Google Merchant's XML: RSS 2.0 and 1.0 (`item`) and Atom (`entry`), with elements of the namespace `g`, which count
 * more than the plain ones of the same name. Elements in elements (`g:shipping`) are objects.
 * @throws AppError INPUT_FORMAT_INVALID  another root, tags that do not match, or cut off
 */
export async function* readMerchantXml(
  text: AsyncIterable<string>,
  name: string,
): AsyncGenerator<readonly FeedEntry[]> {
  const reader = new XmlReader(name);
  for await (const chunk of text) {
    const entries = reader.write(chunk);
    if (entries.length > 0) yield entries;
  }
  const entries = reader.end();
  if (entries.length > 0) yield entries;
}

interface Element {
  readonly name: string;
  readonly line: number;
  text: string;
  /** Undefined while it has none. */
  parts: Map<string, ColumnValue> | undefined;
  /** Of an entry: what the plain elements say, and the first fault. */
  plain?: Map<string, ColumnValue>;
  problem?: { readonly field: string | undefined; readonly reason: string };
}

class XmlReader {
  readonly #parser = new SaxesParser();
  readonly #mender = new XmlMender();
  readonly #name: string;
  /** Elements within the entry, which is the first. */
  readonly #open: Element[] = [];
  readonly #googlePrefixes = new Set(["g", "c"]);
  #entries: FeedEntry[] = [];
  #depth = 0;
  #sinceEvent = 0;
  #hasBegun = false;
  #linesBefore = 0;

  constructor(name: string) {
    this.#name = name;
    this.#parser.on("error", (error) => this.#onError(error));
    this.#parser.on("opentag", (tag) => this.#onOpen(tag));
    this.#parser.on("closetag", (tag) => this.#onClose(tag));
    this.#parser.on("text", (text) => this.#onText(text));
    this.#parser.on("cdata", (text) => this.#onText(text));
  }

  write(chunk: string): readonly FeedEntry[] {
    // Programs that print feeds print blank lines first; XML allows none.
    const part = this.#hasBegun ? chunk : chunk.trimStart();
    this.#linesBefore += this.#hasBegun ? 0 : chunk.slice(0, chunk.length - part.length).split("\n").length - 1;
    this.#hasBegun ||= part !== "";
    this.#sinceEvent += part.length;
    this.#parser.write(this.#mender.mend(part));
    if (this.#sinceEvent > pieceLengthMax) {
      throw invalid(this.#name, `has a tag or text that is not closed within ${pieceLengthMax} characters`);
    }
    return this.#entries.splice(0);
  }

  end(): readonly FeedEntry[] {
    this.#parser.write(this.#mender.end());
    this.#parser.close();
    return this.#entries.splice(0);
  }

  #onOpen({ name, attributes }: SaxesTagPlain): void {
    this.#sinceEvent = 0;
    this.#depth += 1;
    if (this.#depth === 1) this.#onRoot(name, attributes);
    const [, local] = this.#split(name);
    if (this.#open.length === 0) {
      if (this.#depth > 1 && entryNames.has(local)) this.#open.push(this.#element(local));
      return;
    }
    const element = this.#element(name);
    // Atom says an address in an attribute.
    if (local === "link" && (attributes["rel"] ?? "alternate") === "alternate") element.text = attributes["href"] ?? "";
    this.#open.push(element);
  }

  #onRoot(name: string, attributes: Readonly<Record<string, string>>): void {
    if (!roots.has(this.#split(name)[1])) {
      throw invalid(this.#name, `is no RSS and no Atom: its root is <${name}>`);
    }
    for (const [attribute, space] of Object.entries(attributes)) {
      if (attribute.startsWith("xmlns:") && googleSpace.test(space)) this.#googlePrefixes.add(attribute.slice(6));
    }
  }

  #onClose({ name }: SaxesTagPlain): void {
    this.#sinceEvent = 0;
    this.#depth -= 1;
    const element = this.#open.pop();
    if (element === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      this.#entries.push(entryOf(element));
      return;
    }
    const [prefix, local] = this.#split(name);
    const value: ColumnValue = element.parts === undefined ? element.text : Object.fromEntries(element.parts);
    if (this.#open.length === 1 && prefix === "") addField((parent.plain ??= new Map()), local, value);
    else addField((parent.parts ??= new Map()), prefix === "" || prefix === "g" ? local : name, value);
  }

  #onText(text: string): void {
    this.#sinceEvent = 0;
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += text;
  }

  #onError(error: Error): void {
    const reason = error.message.replace(/^\d+:\d+: /, "");
    const place = this.#line();
    const entry = this.#open[0];
    if (entry !== undefined && textFault.test(reason)) {
      entry.problem ??= { field: this.#open.at(-1)?.name, reason: `is no XML text on line ${place}: ${reason}` };
      return;
    }
    if (/unclosed tag|unexpected end|must contain a root/.test(reason)) {
      throw invalid(this.#name, `is cut off on line ${place}: ${reason}`);
    }
    throw invalid(this.#name, `is no XML on line ${place}: ${reason}`);
  }

  #element(name: string): Element {
    return { name, line: this.#line(), text: "", parts: undefined };
  }

  #line(): number {
    return this.#linesBefore + this.#parser.line;
  }

  /** The prefix, `g` for any of Google's, and the name without it. */
  #split(name: string): readonly [string, string] {
    const colon = name.indexOf(":");
    if (colon < 0) return ["", name];
    const prefix = name.slice(0, colon);
    return [this.#googlePrefixes.has(prefix) ? "g" : prefix, name.slice(colon + 1)];
  }
}

function entryOf({ line, parts, plain, problem }: Element): FeedEntry {
  const fields = new Map(parts);
  for (const [name, value] of plain ?? []) if (!fields.has(name)) fields.set(name, value);
  return problem === undefined ? { line, fields } : { line, fields, problem };
}
