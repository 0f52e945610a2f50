import { isObject } from "../formats/flatten.ts";

/** A field of a protobuf message as JSON: lowerCamelCase, or its own name (`time_unix_nano`), which is allowed too. */
export function fieldOf(message: unknown, name: string): unknown {
  if (!isObject(message)) return undefined;
  if (Object.hasOwn(message, name)) return message[name];
  const own = name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  return Object.hasOwn(message, own) ? message[own] : undefined;
}

/** A list of messages; empty where it is something else. */
export function listOf(message: unknown, name: string): readonly unknown[] {
  const value = fieldOf(message, name);
  return Array.isArray(value) ? value : [];
}

/**
 * What an `AnyValue` holds, as a value of JSON; bytes are base64 text, int64 that a double does not hold are text.
 * Undefined where it holds nothing, or lies deeper than `levels`.
 */
export function anyValueOf(value: unknown, levels = 32): unknown {
  if (levels === 0) return undefined;
  for (const name of ["stringValue", "boolValue", "doubleValue", "bytesValue"]) {
    const held = fieldOf(value, name);
    if (held !== undefined && typeof held !== "object") return held;
  }
  const whole = fieldOf(value, "intValue");
  if (whole !== undefined && typeof whole !== "object")
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole);
  const list = fieldOf(value, "arrayValue");
  if (list !== undefined) return listOf(list, "values").map((item) => anyValueOf(item, levels - 1) ?? null);
  const map = fieldOf(value, "kvlistValue");
  return map === undefined ? undefined : Object.fromEntries(keyValuesOf(listOf(map, "values"), levels - 1));
}

/** Pairs of a list of `KeyValue`; those without a key or a value are left out. */
export function keyValuesOf(list: readonly unknown[], levels = 32): [string, unknown][] {
  return list.flatMap((item): [string, unknown][] => {
    const key = fieldOf(item, "key");
    const value = anyValueOf(fieldOf(item, "value"), levels);
    return typeof key === "string" && value !== undefined ? [[key, value]] : [];
  });
}
