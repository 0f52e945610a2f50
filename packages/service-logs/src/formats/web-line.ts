import { FlatFields } from "./flatten.ts";
import { entryOfFields, type LineContext, type LineFields } from "./read-fields.ts";

const head = /^(\S+) (\S+) (.*?) \[([^\]]{1,64})\]/;
const quoted = / "((?:[^"\\]|\\.)*)"/y;
const statusAndBytes = / ([1-5][0-9]{2}|-) ([0-9]{1,15}|-)(?= |$)/y;
const request = /^([A-Za-z]{1,32}) (\S+)(?: HTTP\/([0-9.]{1,5}))?$/;

export interface WebLine {
  readonly entry: LineFields;
  /** What is wrong with the line; what stands before it is read. */
  readonly problem?: string;
}

/**
 * A line of a web server's access log: `common`, or `combined` with referrer and user agent, and whatever follows.
 * Names are ECS's. The body is the whole line. Undefined where it does not even begin so.
 */
export function readWebLine(line: string, format: "common" | "combined", context: LineContext): WebLine | undefined {
  const begin = head.exec(line);
  if (!begin) return undefined;
  const fields = new FlatFields();
  fields.add("source.address", begin[1]);
  if (begin[3] !== "-") fields.add("user.name", begin[3]);
  fields.add("time", begin[4]);
  const problem = readRest(line, begin[0].length, format, fields);
  const entry = { ...entryOfFields(fields, line, context), body: line };
  return problem === undefined ? { entry } : { entry, problem };
}

/** Adds what follows the time, and says what is wrong with it. */
function readRest(line: string, start: number, format: "common" | "combined", fields: FlatFields): string | undefined {
  const asked = matchAt(quoted, line, start);
  if (!asked) return "no quoted request follows the time";
  addRequest(unescape(asked[1]!), fields);
  const answered = matchAt(statusAndBytes, line, start + asked[0].length);
  if (!answered) return "no status and size follow the request";
  if (answered[1] !== "-") fields.add("http.response.status_code", Number(answered[1]));
  if (answered[2] !== "-") fields.add("http.response.body.bytes", Number(answered[2]));
  let at = start + asked[0].length + answered[0].length;
  if (format === "common") return undefined;
  for (const name of ["http.request.referrer", "user_agent.original"]) {
    const found = matchAt(quoted, line, at);
    if (!found) return line.startsWith(' "', at) ? `the quote of ${name} is never closed` : `${name} is missing`;
    if (found[1] !== "-") fields.add(name, unescape(found[1]!));
    at += found[0].length;
  }
  return undefined;
}

function addRequest(text: string, fields: FlatFields): void {
  const [, method, url, version] = request.exec(text) ?? [];
  if (method === undefined || url === undefined) return;
  fields.add("http.request.method", method);
  fields.add("url.original", url);
  const [, path, query] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? [];
  fields.add("url.path", path === "" ? "/" : path);
  fields.add("url.query", query);
  fields.add("http.version", version);
}

/** Servers write quotes and backslashes with a backslash; other escapes (`\x16`) stay as they are. */
function unescape(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
