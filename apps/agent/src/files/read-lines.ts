import { isUtf8 } from "node:buffer";
import type { ByteSource } from "./byte-source.ts";
import { anchorBytesMax } from "./file-identity.ts";

/** A line of a file, without its end. */
export interface Line {
  /** Byte at which it begins in its file. */
  readonly offset: number;
  /** What is not UTF-8 comes as Latin-1, which loses no byte. */
  readonly text: string;
  /** It had more bytes than `lineBytesMax`; the rest is not in the text. */
  readonly isCut: boolean;
}

export interface LineBatch {
  readonly lines: readonly Line[];
  /** Where the next line begins. */
  readonly endOffset: number;
  /** The bytes before `endOffset`, those that a fingerprint takes. */
  readonly before: Buffer;
}

export interface ReadLinesOptions {
  /** Bytes of one batch. */
  readonly readBytesMax: number;
  readonly lineBytesMax: number;
  /** The content ends here for good, so that what has no line end is a line too. */
  readonly sealedAt?: number | undefined;
}

const lineFeed = 10;
const carriageReturn = 13;

/**
 * The whole lines from an offset on, about `readBytesMax` of them. NULs before a line are a hole (a writer without
 * O_APPEND goes on at its old place after a truncation) and no part of it; offsets stay the file's.
 */
export async function readLines(source: ByteSource, from: number, options: ReadLinesOptions): Promise<LineBatch> {
  const { readBytesMax, lineBytesMax, sealedAt = Infinity } = options;
  const known = Math.min(from, anchorBytesMax);
  const block = await source.read(from - known, known + Math.min(readBytesMax, sealedAt - from));
  const isWhole = block.length - known < readBytesMax;
  const feed = block.lastIndexOf(lineFeed);
  if (feed < known && !isWhole) return await readLongLine(source, from, options);
  const end = feed >= known ? feed + 1 : known;
  const lines: Line[] = [];
  for (let start = known; start < end;) {
    const lineEnd = block.indexOf(lineFeed, start);
    addLine(lines, block.subarray(start, lineEnd), from - known + start, lineBytesMax);
    start = lineEnd + 1;
  }
  const rest = block.subarray(end);
  const endOffset = from - known + end;
  if (rest.length === 0 || endOffset + rest.length !== sealedAt) {
    return { lines, endOffset, before: block.subarray(0, end) };
  }
  if (rest.some((byte) => byte !== 0)) addLine(lines, rest, endOffset, lineBytesMax);
  return { lines, endOffset: sealedAt, before: block };
}

/** A line, or a hole before it, of more bytes than a batch: memory holds only what is given out. */
async function readLongLine(source: ByteSource, from: number, options: ReadLinesOptions): Promise<LineBatch> {
  const { readBytesMax, lineBytesMax, sealedAt = Infinity } = options;
  const lines: Line[] = [];
  const kept: Buffer[] = [];
  let keptLength = 0;
  let offset: number | undefined;
  let at = from;
  let known = Math.min(from, anchorBytesMax);
  for (;;) {
    const block = await source.read(at - known, known + Math.min(readBytesMax, sealedAt - at));
    const feed = block.indexOf(lineFeed, known);
    let start = known;
    const end = feed < 0 ? block.length : feed;
    if (offset === undefined) {
      while (start < end && block[start] === 0) start += 1;
      if (start < end || feed >= 0) offset = at - known + start;
    }
    // One byte more than is given tells that the line is longer.
    const piece = block.subarray(start, Math.min(end, start + lineBytesMax + 2 - keptLength));
    kept.push(piece);
    keptLength += piece.length;
    const next = at - known + (feed < 0 ? end : feed + 1);
    const isEnd = feed >= 0 || next === sealedAt;
    if (isEnd) {
      if (offset !== undefined) addLine(lines, Buffer.concat(kept), offset, lineBytesMax);
      return { lines, endOffset: next, before: block.subarray(0, next - at + known) };
    }
    if (next === at) {
      const anchor = Math.min(from, anchorBytesMax);
      return { lines, endOffset: from, before: await source.read(from - anchor, anchor) };
    }
    at = next;
    known = Math.min(at, anchorBytesMax);
  }
}

function addLine(lines: Line[], bytes: Buffer, at: number, lineBytesMax: number): void {
  let start = 0;
  while (bytes[start] === 0) start += 1;
  let end = bytes.length;
  if (end > start && bytes[end - 1] === carriageReturn) end -= 1;
  const isCut = end - start > lineBytesMax;
  if (isCut) {
    end = start + lineBytesMax;
    // Never half a character.
    for (let steps = 0; steps < 3 && end > start && (bytes[end]! & 0xc0) === 0x80; steps += 1) end -= 1;
  }
  const line = bytes.subarray(start, end);
  lines.push({ offset: at + start, text: line.toString(isUtf8(line) ? "utf8" : "latin1"), isCut });
}
