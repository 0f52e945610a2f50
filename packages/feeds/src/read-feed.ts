import type { FeedEntry, FeedRow } from "./feed-row.ts";
import { feedText, type TextOptions } from "./feed-text.ts";
import { readDelimited } from "./formats/read-delimited.ts";
import { readJsonLines } from "./formats/read-json-lines.ts";
import { readMerchantXml } from "./formats/read-merchant-xml.ts";
import { type ProductSettings, readProduct } from "./product/read-product.ts";

export const feedFormats = ["jsonl", "csv", "xml"] as const;
export type FeedFormat = (typeof feedFormats)[number];

export interface FeedOptions extends TextOptions, ProductSettings {
  /** Default: told by the first character. */
  readonly format?: FeedFormat;
}

const readers: Readonly<
  Record<FeedFormat, (text: AsyncIterable<string>, name: string) => AsyncIterable<readonly FeedEntry[]>>
> = { jsonl: readJsonLines, csv: readDelimited, xml: readMerchantXml };

/**
 * Reads a product feed piece by piece: JSON lines, CSV or TSV, Google Merchant's RSS and Atom; also gzipped.
 * @param bytes  of the feed; read only as fast as the rows are taken
 * @returns batches of products and of rows that hold none, in the feed's order
 * @throws AppError INPUT_FORMAT_INVALID  the feed as a whole is cut off or none of the formats
 */
export async function* readFeed(
  bytes: AsyncIterable<Uint8Array>,
  options: FeedOptions,
): AsyncGenerator<readonly FeedRow[]> {
  const text = feedText(bytes, options);
  const { format, all } = options.format === undefined ? await findFormat(text) : { format: options.format, all: text };
  for await (const entries of readers[format](all, options.name)) yield entries.map((entry) => rowOf(entry, options));
}

async function findFormat(text: AsyncGenerator<string>) {
  let head = "";
  while (head.trimStart() === "") {
    const next = await text.next();
    if (next.done) break;
    head += next.value;
  }
  const [first] = head.trimStart();
  async function* all(): AsyncGenerator<string> {
    if (head !== "") yield head;
    head = "";
    yield* text;
  }
  const format: FeedFormat = first === "<" ? "xml" : first === "{" || first === "[" ? "jsonl" : "csv";
  return { format, all: all() };
}

function rowOf(entry: FeedEntry, settings: ProductSettings): FeedRow {
  const { line } = entry;
  const read = entry.fields === undefined ? undefined : readProduct(entry.fields, settings);
  if ("problem" in entry) {
    const itemId = read === undefined || "problem" in read ? read?.itemId : read.product.item_id;
    return { line, itemId, problem: entry.problem };
  }
  if (read === undefined) throw new Error("an entry without a problem has fields");
  return { line, ...read };
}
