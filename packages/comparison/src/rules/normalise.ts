import { type Decimal, isSameDecimal, isWithinTolerance, parseDecimal } from "../json/decimal.ts";
import { type ExactJson, isNumber, numberText } from "../json/exact-json.ts";
import { toInstantMs } from "../json/instant.ts";
import type { Rule } from "./rule.ts";
import type { Normalisation, TextNormalisation } from "./rule-schema.ts";

/** Text as a rule sees it: composed characters, then no white space around, then lower case. */
export function normaliseText(text: string, steps: readonly (TextNormalisation | Normalisation)[]): string {
  let result = text;
  if (steps.includes("unicode")) result = result.normalize("NFC");
  if (steps.includes("trim")) result = result.trim();
  if (steps.includes("case")) result = result.toLowerCase().normalize("NFC");
  return result;
}

/** Whether a rule makes two scalar values equal that were not written alike. */
export function isEqualByRule(left: ExactJson, right: ExactJson, { normalise, tolerance }: Rule): boolean {
  const [leftValue, rightValue] = [normalised(left, normalise), normalised(right, normalise)];
  if (leftValue === undefined || rightValue === undefined) return false;
  if (typeof leftValue !== "object" || typeof rightValue !== "object") return leftValue === rightValue;
  return tolerance ? isWithinTolerance(leftValue, rightValue, tolerance) : isSameDecimal(leftValue, rightValue);
}

/** A number or a time as a decimal, other text as text; undefined for what no rule of scalars speaks of. */
function normalised(value: ExactJson, steps: readonly Normalisation[]): Decimal | string | undefined {
  if (steps.includes("time")) {
    const ms = toInstantMs(value);
    if (ms !== undefined) return parseDecimal(String(ms));
  }
  if (isNumber(value)) return parseDecimal(numberText(value));
  if (typeof value !== "string") return undefined;
  if (steps.includes("number")) {
    const decimal = parseDecimal(value.trim().replace(/^\+/, ""));
    if (decimal) return decimal;
  }
  return normaliseText(value, steps);
}
