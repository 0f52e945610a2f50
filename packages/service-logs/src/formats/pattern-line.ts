import { AppError } from "@footfall/base";
import { logLimits } from "../log-limits.ts";
import { FlatFields } from "./flatten.ts";
import { readBareValue } from "./logfmt-line.ts";
import { entryOfFields, type LineContext, type LineFields } from "./read-fields.ts";

/**
 * Compiles a pattern of lines: a regular expression with named groups, JavaScript's or Python's way. Groups `time`,
 * `level`, `message`, `service`, `trace_id` and `span_id` (and the other names that libraries use) are parts of the
 * entry, all others attributes.
 * @throws AppError CONFIG_INVALID where it is too long, does not compile or names no group
 */
export function compileLinePattern(pattern: string): RegExp {
  const { patternLengthMax } = logLimits;
  if (pattern.length > patternLengthMax)
    throw new AppError("CONFIG_INVALID", `the pattern of log lines is longer than ${patternLengthMax} characters`);
  const script = pattern.replaceAll("(?P<", "(?<");
  if (!/\(\?<[A-Za-z_$]/.test(script))
    throw new AppError("CONFIG_INVALID", "the pattern of log lines names no group: write (?<message>.*)");
  try {
    return new RegExp(script, "u");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("CONFIG_INVALID", `the pattern of log lines does not compile: ${reason}`, { cause });
  }
}

/** A line that a pattern matches; undefined where it does not, or the line is longer than patterns are tried on. */
export function readPatternLine(line: string, pattern: RegExp, context: LineContext): LineFields | undefined {
  if (line.length > logLimits.patternLineLengthMax) return undefined;
  const groups = pattern.exec(line)?.groups;
  if (!groups) return undefined;
  const fields = new FlatFields();
  for (const [name, text] of Object.entries(groups) as [string, string | undefined][]) {
    if (text !== undefined) fields.add(name, name === "message" ? text : readBareValue(text));
  }
  return entryOfFields(fields, line, context);
}
