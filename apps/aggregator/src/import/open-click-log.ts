import { AppError } from "@footfall/base";
import {
  type ClickLogFormatName,
  clickLogFormats,
  type ClickLogLayout,
  clickLogLayout,
} from "@footfall/events/formats";
import { type Compression, findCompression, readBytes } from "./read-bytes.ts";
import { readLines } from "./read-lines.ts";

/** A click log whose first line has been looked at. */
export interface ClickLogFile {
  readonly path: string;
  readonly compression: Compression;
  readonly hasByteOrderMark: boolean;
  readonly layout: ClickLogLayout;
}

const headBytesMax = 65_536;

/**
 * Finds out how a file is packed and which columns it has.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID
 */
export async function openClickLog(path: string, name: ClickLogFormatName): Promise<ClickLogFile> {
  const compression = await findCompression(path);
  const head = await readHead({ path, compression });
  if (isUtf16(head)) {
    throw new AppError(
      "INPUT_FORMAT_INVALID",
      `The file ${path} is UTF-16; UTF-8 is expected. Convert it: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8`,
    );
  }
  const hasByteOrderMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  const format = clickLogFormats[name];
  if (format.roles === undefined) {
    const layout: ClickLogLayout = { format, delimiter: ",", hasHeader: false, columns: ["line"] };
    return { path, compression, hasByteOrderMark, layout };
  }
  const firstLine = await firstLineOf(head);
  return { path, compression, hasByteOrderMark, layout: clickLogLayout(format, firstLine) };
}

async function readHead(file: Pick<ClickLogFile, "path" | "compression">): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of readBytes(file)) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= headBytesMax) break;
  }
  return head.subarray(0, headBytesMax);
}

/** By its byte order mark, or, since these files begin with plain letters, by every other byte being zero. */
function isUtf16(head: Buffer): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  return head.length >= 4 && ((head[1] === 0 && head[3] === 0) || (head[0] === 0 && head[2] === 0));
}

async function firstLineOf(head: Buffer): Promise<string> {
  const bytes = (async function* () {
    yield head;
  })();
  for await (const [line] of readLines(bytes)) if (line) return line.text;
  return "";
}
