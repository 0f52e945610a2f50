import type { LogValue } from "../log-entry.ts";
import { logLimits } from "../log-limits.ts";

/** Values by their flat name, before bounds; in the order in which they were added. */
export class FlatFields {
  readonly values = new Map<string, LogValue>();
  /** How many were left out: another had the name already. */
  dropped = 0;

  /**
   * Adds a value of a JSON text under a name, and what is in it: the fields of objects by their names with dots, a list
   * as JSON text, null not at all.
   */
  add(name: string, value: unknown, depth = 0): void {
    if (value === null || value === undefined) return;
    if (isObject(value) && depth < logLimits.nestingMax) {
      for (const [key, inner] of Object.entries(value)) this.add(`${name}.${key}`, inner, depth + 1);
    } else if (this.values.has(name)) {
      this.dropped += 1;
    } else {
      this.values.set(name, logValueOf(value));
    }
  }

  /** Takes out the first value that stands under one of the names and is what is wanted. */
  take<T>(names: readonly string[], read: (value: LogValue) => T | undefined): T | undefined {
    for (const name of names) {
      const value = this.values.get(name);
      const wanted = value === undefined ? undefined : read(value);
      if (wanted === undefined) continue;
      this.values.delete(name);
      return wanted;
    }
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function logValueOf(value: unknown): LogValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return JSON.stringify(value);
}

/**
 * The attributes of an entry, within their bounds. What is left out is counted in attribute `log.attributes_dropped`,
 * with what `fields` and `alreadyDropped` have left out before. Undefined where there is none.
 */
export function boundAttributes(fields: FlatFields, alreadyDropped = 0): Record<string, LogValue> | undefined {
  const { attributesMax, attributeNameLengthMax, attributeLengthMax, attributesLengthMax } = logLimits;
  const kept: [string, LogValue][] = [];
  let dropped = fields.dropped + alreadyDropped;
  let length = 0;
  for (const [name, value] of fields.values) {
    const bounded = typeof value === "string" ? cutText(value, attributeLengthMax) : value;
    const size = name.length + String(bounded).length;
    if (name.length <= attributeNameLengthMax && kept.length < attributesMax && length + size <= attributesLengthMax) {
      kept.push([name, bounded]);
      length += size;
    } else {
      dropped += 1;
    }
  }
  if (dropped > 0) kept.push(["log.attributes_dropped", dropped]);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** At most `lengthMax` units; what was cut ends in `…`, and no character is halved. */
function cutText(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${startOf(text, lengthMax - 1)}…`;
}

/** The first units of a text, but no half of a surrogate pair. */
export function startOf(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
