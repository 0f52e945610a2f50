import { FlatFields, isObject } from "./flatten.ts";
import { entryOfFields, type LineContext, type LineFields } from "./read-fields.ts";

/** Strings, so as to pass over them, and whole numbers that a double may not hold. */
const stringOrLongNumber = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])-?[0-9]{16,}(?![\w.+-])/g;

/**
 * A line that is a JSON object, as pino, bunyan, winston, log4j's and ECS layouts and OpenTelemetry's file exporters
 * write it; undefined where it is none. Whole numbers that a double would change stay text.
 */
export function readJsonLine(line: string, context: LineContext): LineFields | undefined {
  try {
    const value: unknown = JSON.parse(/[0-9]{16}/.test(line) ? quoteLongNumbers(line) : line);
    return isObject(value) ? entryOfFields(flatten(value), line, context) : undefined;
  } catch (error) {
    // RangeError: nested deeper than the stack is.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function quoteLongNumbers(line: string): string {
  return line.replace(stringOrLongNumber, (found) =>
    found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`,
  );
}

function flatten(record: Readonly<Record<string, unknown>>): FlatFields {
  const fields = new FlatFields();
  const isOtel = ["severityNumber", "severity_number", "SeverityNumber"].some((name) => Object.hasOwn(record, name));
  for (const [name, value] of Object.entries(record)) {
    // In OpenTelemetry's model the attributes are in a field of their own.
    const isNested = isOtel && /^attributes$/i.test(name) && isObject(value);
    for (const [key, inner] of isNested ? Object.entries(value) : [[name, value] as const]) fields.add(key, inner);
  }
  return fields;
}
