import type { DocumentShape, DocumentShapes } from "../fields/document-shapes.ts";
import { decimalText } from "../json/decimal.ts";
import { type ExactJson, isNumber, isObject, numberText, parseExactJson } from "../json/exact-json.ts";
import { toInstantMs } from "../json/instant.ts";
import { pointerOf, valueAt } from "../json/pointer.ts";
import { normaliseText } from "../rules/normalise.ts";
import type { ComparisonRules } from "../rules/parse-rules.ts";

/** What a record says it is. */
export interface RecordIdentity {
  /** As rules see it: 42 and "42" are one key. */
  readonly key: string;
  readonly eventType: string;
  readonly timeMs: number;
  readonly eventId: string | undefined;
  /** Of several versions the greatest is the newest. */
  readonly version: number | undefined;
  /** Of its document, where it is noted. */
  readonly shape: DocumentShape | undefined;
}

/** A record that cannot be compared, and why. */
export interface UnparsableRecord {
  readonly reason: string;
}

/** Levels of a document; comparing goes into each by recursion. */
const depthMax = 500;

export interface IdentifyOptions {
  readonly rules: ComparisonRules;
  readonly shapes: DocumentShapes;
  /** A later event time is none. */
  readonly timeMaxMs: number;
}

/** Reads what pairs a record from its text. Total. */
export function identifyRecord(text: string | null, options: IdentifyOptions): RecordIdentity | UnparsableRecord {
  if (text === null) return { reason: "is a tombstone, without a value" };
  let document: ExactJson;
  try {
    document = parseExactJson(text);
  } catch (error) {
    return { reason: error instanceof RangeError ? "is nested too deeply" : "is not JSON" };
  }
  if (!isObject(document)) return { reason: "is not a JSON object" };
  if (depthOf(text) > depthMax) return { reason: "is nested too deeply" };
  return identify(document, text, options);
}

function identify(
  document: ExactJson,
  text: string,
  { rules, shapes, timeMaxMs }: IdentifyOptions,
): RecordIdentity | UnparsableRecord {
  const keys: string[] = [];
  for (const names of rules.key) {
    const part = scalarText(valueAt(document, names));
    if (part === undefined) return { reason: `has no key at ${pointerOf(names)}` };
    keys.push(normaliseText(part, rules.normaliseKey));
  }
  const timeMs = toInstantMs(firstOf(document, rules.time));
  if (timeMs === undefined) return { reason: `has no event time at ${rules.time.map(pointerOf).join(" or ")}` };
  if (timeMs > timeMaxMs) return { reason: "has an event time in the future" };
  const version = rules.version && valueAt(document, rules.version);
  if (rules.version && !isNumber(version)) return { reason: `has no version at ${pointerOf(rules.version)}` };
  return {
    key: keys.length === 1 ? keys[0]! : JSON.stringify(keys),
    eventType: scalarText(firstOf(document, rules.type)) ?? "",
    timeMs,
    eventId: scalarText(firstOf(document, rules.id)),
    version: isNumber(version) ? Number(numberText(version)) : undefined,
    shape: shapes.of(document, text),
  };
}

/** The depth of a document, or more where its texts hold braces; a short one is not counted, it cannot be deep. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; text.length > 2 * depthMax && index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}

function firstOf(document: ExactJson, places: readonly (readonly string[])[]): ExactJson | undefined {
  for (const names of places) {
    const value = valueAt(document, names);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function scalarText(value: ExactJson | undefined): string | undefined {
  if (isNumber(value)) return decimalText(numberText(value));
  return typeof value === "string" ? value : undefined;
}
