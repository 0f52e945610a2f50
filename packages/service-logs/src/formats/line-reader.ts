import { readDockerLine } from "./docker-line.ts";
import { readJsonLine } from "./json-line.ts";
import { logTimes } from "./log-time.ts";
import { looksLikeLogfmt, readLogfmtLine } from "./logfmt-line.ts";
import { compileLinePattern, readPatternLine } from "./pattern-line.ts";
import { boundEntry, type LineContext, type LineFields } from "./read-fields.ts";
import { FlatFields } from "./flatten.ts";
import { readTextLine } from "./text-line.ts";
import { readWebLine } from "./web-line.ts";

/**
 * `auto`: JSON where a line begins with `{` and parses, logfmt where it looks so, else text. `docker`: such lines, each
 * in an object of Docker's.
 */
export const lineFormatNames = ["auto", "json", "docker", "logfmt", "combined", "common", "pattern", "text"] as const;
export type LineFormatName = (typeof lineFormatNames)[number];

export interface LineFormat {
  readonly format: LineFormatName;
  /** Of format `pattern`. */
  readonly pattern?: string;
  /** Zone of times that name none, `UTC` by default; see `timeZone`. */
  readonly zone?: string;
}

/**
 * Reads a line, or lines that were joined into one entry (`\n` between them: the first is read in the format, the
 * others follow in the body). Total: what is not of the format is a text entry with attribute `log.parse_error`.
 */
export type LineReader = (text: string, observedAtMs: number) => LineFields;

/** Says why a line is not of the format of its file. */
const parseErrorAttribute = "log.parse_error";

/** One line in a format, or what is wrong with it. */
type ReadOne = (line: string, context: LineContext) => LineFields | string;

/** @throws AppError CONFIG_INVALID where pattern or zone cannot be used */
export function lineReader({ format, pattern, zone = "UTC" }: LineFormat): LineReader {
  const times = logTimes(zone);
  const readOne = readerOf(format, pattern);
  return (text, observedAtMs) => {
    const context = { times, observedAtMs };
    const end = text.indexOf("\n");
    if (end === -1 || format === "text") return orText(readOne(text, context), text, context);
    // JSON may itself be on several lines.
    const json = format === "json" || format === "auto" ? readJsonLine(text, context) : undefined;
    if (json) return json;
    const first = readOne(text.slice(0, end).replace(/\r$/, ""), context);
    return typeof first === "string" ? orText(first, text, context) : withRest(first, text.slice(end));
  };
}

function orText(read: LineFields | string, text: string, context: LineContext): LineFields {
  return typeof read === "string" ? readTextLine(text, context, read) : read;
}

function withRest(first: LineFields, rest: string): LineFields {
  const { body, attributes } = boundEntry(first.body + rest, new FlatFields());
  return { ...first, body, ...(attributes && { attributes: { ...first.attributes, ...attributes } }) };
}

function readAnyLine(line: string, context: LineContext): LineFields {
  const json = /^\s*\{/.test(line) ? readJsonLine(line, context) : undefined;
  const fields = json ?? (looksLikeLogfmt(line) ? readLogfmtLine(line, context) : undefined);
  return fields ?? readTextLine(line, context);
}

function readerOf(format: LineFormatName, pattern: string | undefined): ReadOne {
  switch (format) {
    case "auto":
      return readAnyLine;
    case "docker":
      return (text, context) => {
        const unpacked = readDockerLine(text);
        if (!unpacked) return "it is none of Docker's json-file";
        const { line, writtenAtMs, stream } = unpacked;
        // A line without a time was written when Docker says.
        const fields = readAnyLine(line, { ...context, observedAtMs: writtenAtMs });
        const attributes = { ...fields.attributes, "log.iostream": stream };
        return { ...fields, observedAtMs: context.observedAtMs, attributes };
      };
    case "json":
      return (line, context) => readJsonLine(line, context) ?? "it is no JSON object";
    case "logfmt":
      return (line, context) => readLogfmtLine(line, context) ?? "it is no list of key=value";
    case "combined":
    case "common":
      return (line, context) => {
        const read = readWebLine(line, format, context);
        if (read?.problem === undefined) return read?.entry ?? "it does not begin as an access log's line does";
        const { entry, problem } = read;
        return { ...entry, attributes: { ...entry.attributes, [parseErrorAttribute]: problem } };
      };
    case "pattern": {
      const compiled = compileLinePattern(pattern ?? "");
      return (line, context) => readPatternLine(line, compiled, context) ?? "the pattern does not match";
    }
    case "text":
      return (line, context) => readTextLine(line, context);
  }
}
