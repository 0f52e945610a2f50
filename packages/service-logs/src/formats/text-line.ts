import { severityNumberOf } from "../severity.ts";
import { FlatFields } from "./flatten.ts";
import { boundEntry, type LineContext, type LineFields } from "./read-fields.ts";

const headLengthMax = 160;
/** Words of levels in capitals, or in small letters between brackets, as web servers write them. */
const capitals = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|PANIC";
const bracketedWords = "trace|debug|info|notice|warn|warning|error|crit|alert|emerg";
const levelWord = new RegExp(`(?<![\\w./-])(?:(${capitals})(?![\\w./-])|\\[(${bracketedWords})\\])`);

/** Any line: the body is the line, with the time it begins with and the first level that stands near. */
export function readTextLine(line: string, context: LineContext, problem?: string): LineFields {
  const occurredAtMs = context.times.readLeading(line, context.observedAtMs) ?? context.observedAtMs;
  const [, capital, bracketed] = levelWord.exec(line.slice(0, headLengthMax)) ?? [];
  const severityText = capital ?? bracketed;
  const fields = new FlatFields();
  fields.add("log.parse_error", problem);
  const { body, attributes } = boundEntry(line, fields);
  return {
    occurredAtMs,
    observedAtMs: context.observedAtMs,
    severityNumber: severityText === undefined ? 0 : severityNumberOf(severityText),
    ...(severityText !== undefined && { severityText }),
    body,
    ...(attributes && { attributes }),
  };
}
