import { open } from "node:fs/promises";
import { AppError } from "@footfall/base";
import type { Side, SourceRecord } from "@footfall/comparison";
import type { RecordSource } from "./record-source.ts";

const readBytes = 256 * 1024;
/** A longer line is no record of a log. */
const lineBytesMax = 16 * 1024 * 1024;
const lineFeed = 0x0a;

/**
 * Records of a file with one JSON document a line; empty lines are none. Lines end at line feeds only: JSON may hold
 * any other separator.
 * @throws AppError INPUT_FILE_MISSING, and from `next` INPUT_FORMAT_INVALID for a line beyond 16 MB
 */
export async function openFileSource(path: string, side: Side): Promise<RecordSource> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw new AppError("INPUT_FILE_MISSING", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  });
  const buffer = Buffer.allocUnsafe(readBytes);
  /** The beginning of a line that has not ended; joined once, so that a long line costs no more than its length. */
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 0;
  let hasEnded = false;

  const keep = (bytes: Buffer) => {
    rest.push(Buffer.from(bytes));
    restBytes += bytes.length;
    if (restBytes > lineBytesMax) {
      throw new AppError("INPUT_FORMAT_INVALID", `${path}:${line + 1} is longer than ${lineBytesMax} bytes.`);
    }
  };
  const takeRest = (end: Buffer): Buffer => {
    if (restBytes === 0) return end;
    const whole = Buffer.concat([...rest, end]);
    rest = [];
    restBytes = 0;
    return whole;
  };
  const records = (bytes: Buffer): SourceRecord[] => {
    const found: SourceRecord[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      add(found, takeRest(bytes.subarray(start, end)));
      start = end + 1;
    }
    if (start < bytes.length) keep(bytes.subarray(start));
    return found;
  };
  const add = (found: SourceRecord[], bytes: Buffer) => {
    line += 1;
    const text = bytes.toString("utf8");
    if (text.trim() !== "")
      found.push({ text: line === 1 ? text.replace(/^\uFEFF/, "") : text, place: `${path}:${line}` });
  };

  return {
    side,
    name: path,
    async next() {
      if (hasEnded) return undefined;
      const { bytesRead } = await file.read(buffer, 0, readBytes);
      if (bytesRead > 0) return records(buffer.subarray(0, bytesRead));
      hasEnded = true;
      const last: SourceRecord[] = [];
      if (restBytes > 0) add(last, takeRest(Buffer.alloc(0)));
      return last;
    },
    close: () => file.close(),
  };
}
