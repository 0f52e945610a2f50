import { isUtf8 } from "node:buffer";
import { AppError } from "@footfall/base";

export interface Line {
  /** From 1; blank lines count. */
  readonly number: number;
  readonly text: string;
  /** What is not UTF-8 comes as Latin-1, which loses no byte. */
  readonly isUtf8: boolean;
}

const lineBytesMax = 1 << 20;
const lineFeed = 10;
const carriageReturn = 13;
const lineEnd = /\r\n|[\r\n]/;

/**
 * The lines of a text in UTF-8 that are not blank, many at a time, without their ends (`\n`, `\r\n` and `\r`, also
 * mixed) and without a byte order mark.
 * @throws AppError INPUT_FORMAT_INVALID where a line has more than a megabyte
 */
export async function* readLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  const take = (block: Buffer): Line[] => {
    const lines: Line[] = [];
    for (const { text, isUtf8: isText } of splitLines(block)) {
      number += 1;
      const line = number === 1 ? text.replace(/^\ufeff/, "") : text;
      if (!isBlank(line)) lines.push({ number, text: line, isUtf8: isText });
    }
    return lines;
  };
  for await (const chunk of bytes) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = endOfLines(block);
    rest = block.subarray(end);
    if (end > 0) yield take(block.subarray(0, end));
    if (rest.length > lineBytesMax) {
      throw new AppError("INPUT_FORMAT_INVALID", `Line ${number + 1} has more than ${lineBytesMax} bytes.`);
    }
  }
  if (rest.length > 0) yield take(rest);
}

/** Where the last whole line ends; a return at the very end may be half of a pair. */
function endOfLines(block: Buffer): number {
  const feed = block.lastIndexOf(lineFeed);
  return feed >= 0 ? feed + 1 : block.subarray(0, -1).lastIndexOf(carriageReturn) + 1;
}

function* splitLines(block: Buffer): Generator<{ readonly text: string; readonly isUtf8: boolean }> {
  const isText = isUtf8(block);
  const all = block.toString(isText ? "utf8" : "latin1");
  const texts = all.split(block.includes(carriageReturn) ? lineEnd : "\n");
  // After the last line end there is no line.
  if (texts.at(-1) === "") texts.pop();
  for (const text of texts) {
    if (isText) yield { text, isUtf8: true };
    else {
      const line = Buffer.from(text, "latin1");
      yield isUtf8(line) ? { text: line.toString("utf8"), isUtf8: true } : { text, isUtf8: false };
    }
  }
}

function isBlank(text: string): boolean {
  return text === "" || (text.charCodeAt(0) <= 32 && /^[ \t]*$/.test(text));
}
