import type { LogValue } from "../log-entry.ts";
import { FlatFields } from "./flatten.ts";
import { entryOfFields, type LineContext, type LineFields } from "./read-fields.ts";

const pair = /\s*([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]*)(?=\s|$)))?(?=\s|$)/y;
const looksAlike = /^\s*[\w.@/-]+=(?:"(?:[^"\\]|\\.)*"|[^\s"]*)\s+[\w.@/-]+=/;

/** `key=value key="a value" flag`: at least one pair, and nothing else in the line. Undefined where it is not so. */
export function readLogfmtLine(line: string, context: LineContext): LineFields | undefined {
  const fields = new FlatFields();
  let pairs = 0;
  pair.lastIndex = 0;
  const end = line.trimEnd().length;
  for (let at = 0; at < end; at = pair.lastIndex) {
    pair.lastIndex = at;
    const [, key, quoted, bare] = pair.exec(line) ?? [];
    if (key === undefined) return undefined;
    if (quoted !== undefined || bare !== undefined) pairs += 1;
    fields.add(key, quoted === undefined ? readBareValue(bare) : unescape(quoted));
  }
  return pairs === 0 ? undefined : entryOfFields(fields, line, context);
}

/** Whether a line of an unknown format is logfmt: it begins with two pairs. */
export function looksLikeLogfmt(line: string): boolean {
  return looksAlike.test(line);
}

/** A value without quotes: a number where it reads as one and would be written so; a key alone is true. */
export function readBareValue(text: string | undefined): LogValue {
  if (text === undefined || text === "true") return true;
  if (text === "false") return false;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) && String(number) === text ? number : text;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_whole, character: string) => escapes[character] ?? character);
}
