/** What earlier pages have shown, as the cursor holds it. Immutable. */
export interface ShownItems {
  /** Whether it was shown; of some hundred thousand other items one may look like it. */
  has(itemId: string): boolean;
  readonly hashes: ReadonlySet<number>;
}

/** Items that a cursor holds: what nobody leafs past. */
export const shownItemsMax = 2_000;
/** Of the first byte of a cursor: its layout. */
const layout = 1;
const bytesOfHash = 4;

export const nothingShown: ShownItems = shownItems(new Set());

/**
 * Reads a cursor: base64url of a byte 1 and 4 bytes for each item shown. The client keeps it, so that any recommender
 * can answer the next page.
 * @returns undefined for what is no cursor
 */
export function parseCursor(cursor: string): ShownItems | undefined {
  const bytes = Buffer.from(cursor, "base64url");
  const count = (bytes.length - 1) / bytesOfHash;
  const isWhole = bytes[0] === layout && Number.isInteger(count) && bytes.toString("base64url") === cursor;
  if (!isWhole || count > shownItemsMax) return undefined;
  return shownItems(new Set(Array.from({ length: count }, (_, at) => bytes.readUInt32LE(1 + at * bytesOfHash))));
}

/** The cursor after a page. @returns null where nothing is left to show, or too much was */
export function shownAfter({ hashes }: ShownItems, page: readonly { readonly itemId: string }[]): string | null {
  const all = new Set(hashes);
  for (const { itemId } of page) all.add(hashOf(itemId));
  if (page.length === 0 || all.size > shownItemsMax) return null;
  const bytes = Buffer.alloc(1 + all.size * bytesOfHash);
  bytes[0] = layout;
  let at = 1;
  for (const hash of all) at = bytes.writeUInt32LE(hash, at);
  return bytes.toString("base64url");
}

function shownItems(hashes: ReadonlySet<number>): ShownItems {
  return { hashes, has: (itemId) => hashes.size > 0 && hashes.has(hashOf(itemId)) };
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
