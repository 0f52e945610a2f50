import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { ByteSource } from "./byte-source.ts";

/** Which file it is, whatever its name. Numbers as text: they may exceed 2^53. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  /** Birth time, ns. "0" where the file system keeps none: a used inode then tells nothing, the content decides. */
  readonly bornAtNs: string;
}

/** What the content was up to an offset: enough to see that it was truncated or replaced, or that another is a copy. */
export interface Fingerprint {
  /** All bytes before it are durable elsewhere. */
  readonly offset: number;
  readonly headLength: number;
  readonly headHash: string;
  readonly anchorLength: number;
  readonly anchorHash: string;
}

const headBytesMax = 1024;
/** How many bytes before the offset are compared. */
export const anchorBytesMax = 256;

export function identityOf(stats: Pick<BigIntStats, "dev" | "ino" | "birthtimeNs">): FileIdentity {
  return { device: `${stats.dev}`, inode: `${stats.ino}`, bornAtNs: `${stats.birthtimeNs}` };
}

/** Device numbers may change with a restart of the machine; inode and birth time do not. */
export function keyOf({ device, inode, bornAtNs }: FileIdentity, withDevice = true): string {
  return `${withDevice ? device : ""}:${inode}:${bornAtNs}`;
}

export function hasBirthTime(identity: FileIdentity): boolean {
  return identity.bornAtNs !== "0";
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

/**
 * @param head    the first bytes of the content; NULs at its end may still be written over and do not count
 * @param before  the bytes before the offset
 */
export function fingerprintOf(offset: number, head: Buffer, before: Buffer): Fingerprint {
  let headLength = Math.min(head.length, headBytesMax);
  while (headLength > 0 && head[headLength - 1] === 0) headLength -= 1;
  const anchor = before.subarray(-anchorBytesMax);
  return {
    offset,
    headLength,
    headHash: hashOf(head.subarray(0, headLength)),
    anchorLength: anchor.length,
    anchorHash: hashOf(anchor),
  };
}

/** The fingerprint with more of the content's beginning, if there is more by now. */
export function withHead(known: Fingerprint, head: Buffer): Fingerprint {
  const { headLength, headHash } = fingerprintOf(known.offset, head, Buffer.alloc(0));
  return headLength > known.headLength ? { ...known, headLength, headHash } : known;
}

export async function readHead(source: ByteSource): Promise<Buffer> {
  return await source.read(0, headBytesMax);
}

export async function readFingerprint(source: ByteSource, offset: number): Promise<Fingerprint> {
  const length = Math.min(offset, anchorBytesMax);
  return fingerprintOf(offset, await readHead(source), await source.read(offset - length, length));
}

/** Whether the content up to the fingerprint's offset is what it was. */
export async function holds(source: ByteSource, known: Fingerprint): Promise<boolean> {
  const { offset, headLength, anchorLength } = known;
  if ((await source.size()) < offset) return false;
  const head = await source.read(0, headLength);
  if (head.length < headLength || hashOf(head) !== known.headHash) return false;
  const anchor = await source.read(offset - anchorLength, anchorLength);
  return anchor.length === anchorLength && hashOf(anchor) === known.anchorHash;
}

/** Whether `copy` has what `original` begins with: the first bytes and those before the copy's end are equal. */
export async function isStartOf(copy: ByteSource, original: ByteSource): Promise<boolean> {
  const size = await copy.size();
  if (size === 0 || size > (await original.size())) return false;
  const headLength = Math.min(size, headBytesMax);
  if (!(await copy.read(0, headLength)).equals(await original.read(0, headLength))) return false;
  const length = Math.min(size, anchorBytesMax);
  return (await copy.read(size - length, length)).equals(await original.read(size - length, length));
}
