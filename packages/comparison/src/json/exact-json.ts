import { parse } from "lossless-json";
import { decimalText } from "./decimal.ts";
import { hasInexactNumber } from "./inexact-number.ts";

/** A number whose text a double would not give back: `1.50`, `-0`, `9007199254740993`. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type ExactJson = null | boolean | string | number | ExactNumber | ExactJson[] | ExactObject;
export interface ExactObject {
  [name: string]: ExactJson;
}

/**
 * JSON with every number as it was written: a `number` only where `String` of it is that text, else an `ExactNumber`.
 * Of a name that an object has twice, the last counts.
 * @throws SyntaxError  not JSON; RangeError  nested too deeply
 */
export function parseExactJson(text: string): ExactJson {
  if (!hasInexactNumber(text)) return JSON.parse(text) as ExactJson;
  return parse(text, undefined, {
    parseNumber: (number) => new ExactNumber(number),
    onDuplicateKey: ({ newValue }: { newValue: unknown }) => newValue,
  }) as ExactJson;
}

export function isNumber(value: ExactJson | undefined): value is number | ExactNumber {
  return typeof value === "number" || value instanceof ExactNumber;
}

export function isObject(value: ExactJson | undefined): value is ExactObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

export function numberText(value: number | ExactNumber): string {
  return typeof value === "number" ? String(value) : value.text;
}

/** Whether both were written alike but for white space and the order of names; 1 and 1.0 were not. */
export function isIdentical(left: ExactJson, right: ExactJson): boolean {
  if (left === right) return true;
  if (isNumber(left)) return isNumber(right) && numberText(left) === numberText(right);
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((element, index) => isIdentical(element, right[index]!))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isIdentical(left[name]!, right[name]!))
  );
}

/** The value as JSON, numbers as they were written. */
export function exactText(value: ExactJson): string {
  return writeJson(value, numberText, false);
}

/** One text for all ways to write a value: names in order, numbers by their value. */
export function canonicalText(value: ExactJson): string {
  return writeJson(value, (number) => decimalText(numberText(number)), true);
}

function writeJson(value: ExactJson, number: (value: number | ExactNumber) => string, isSorted: boolean): string {
  if (isNumber(value)) return number(value);
  if (Array.isArray(value)) return `[${value.map((element) => writeJson(element, number, isSorted)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value);
  if (isSorted) names.sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${writeJson(value[name]!, number, isSorted)}`).join(",")}}`;
}
