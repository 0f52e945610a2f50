import { isRounding, isSameDecimal, parseDecimal } from "../json/decimal.ts";
import {
  canonicalText,
  type ExactJson,
  type ExactNumber,
  type ExactObject,
  isIdentical,
  isNumber,
  isObject,
  numberText,
} from "../json/exact-json.ts";
import { toInstantMs } from "../json/instant.ts";
import { pointerOf } from "../json/pointer.ts";
import { isEqualByRule } from "../rules/normalise.ts";
import type { ComparisonRules } from "../rules/parse-rules.ts";
import type { Rule } from "../rules/rule.ts";
import { childPlace, ruleOf, type RulePlace } from "../rules/rule-tree.ts";
import { type Difference, type DifferenceKind, shownValue } from "./difference.ts";
import { matchUnordered } from "./match-unordered.ts";

export interface DocumentComparison {
  /** No difference without any rule: all was written alike, but for white space and the order of names. */
  readonly isRawEqual: boolean;
  /** Those that no rule excuses, at most `differencesMax`. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  /** Names of rules that excused something. */
  readonly rulesUsed: ReadonlySet<string>;
}

/** Differences of one pair that are described; all are counted. */
export const differencesMax = 50;
/** The rule that holds unless `numbers: text` is set. */
export const renderingRule = "numbers by value (1.0 = 1)";

/** Of documents of one text. */
export const noDifference: DocumentComparison = {
  isRawEqual: true,
  differences: [],
  differenceCount: 0,
  rulesUsed: new Set(),
};

/** Compares two documents under rules; each excused difference is told from equality. */
export function compareDocuments(left: ExactJson, right: ExactJson, rules: ComparisonRules): DocumentComparison {
  const comparing = new Comparing(rules.numbers === "value");
  comparing.compare(left, right, [rules.tree]);
  const { isRawEqual, differences, differenceCount, rulesUsed } = comparing;
  return { isRawEqual, differences, differenceCount, rulesUsed };
}

class Comparing {
  isRawEqual = true;
  differenceCount = 0;
  readonly differences: Difference[] = [];
  readonly rulesUsed = new Set<string>();
  readonly #path: (string | number)[] = [];
  readonly #isNumberByValue: boolean;

  constructor(isNumberByValue: boolean) {
    this.#isNumberByValue = isNumberByValue;
  }

  compare(left: ExactJson | undefined, right: ExactJson | undefined, place: RulePlace): void {
    if (left === right) return;
    const ignoring = ruleOf(place, ({ ignore }) => ignore);
    if (ignoring) {
      if (left === undefined || right === undefined || !isIdentical(left, right)) this.#excuse(ignoring.name);
    } else if (left === undefined || right === undefined || left === null || right === null) {
      this.#compareNothing(left, right, place);
    } else if (Array.isArray(left) && Array.isArray(right)) {
      this.#compareLists(left, right, place);
    } else if (isObject(left) && isObject(right)) {
      this.#compareObjects(left, right, place);
    } else if (isNumber(left) && isNumber(right)) {
      this.#compareNumbers(left, right, place);
    } else {
      this.#compareScalars(left, right, place);
    }
  }

  /** One side has no value, or null. */
  #compareNothing(left: ExactJson | undefined, right: ExactJson | undefined, place: RulePlace): void {
    const isAbsence = (left ?? undefined) === undefined && (right ?? undefined) === undefined;
    const nullRule = isAbsence ? ruleOf(place, ({ normalise }) => normalise.includes("null")) : undefined;
    if (nullRule) this.#excuse(nullRule.name);
    else if (isAbsence) this.#differ("null-vs-absent", left, right);
    else if (left === undefined) this.#differ("added", left, right);
    else this.#differ(right === undefined ? "removed" : "null", left, right);
  }

  #compareObjects(left: ExactObject, right: ExactObject, place: RulePlace): void {
    for (const name of Object.keys(left)) {
      this.#inside(name, left[name], Object.hasOwn(right, name) ? right[name] : undefined, place);
    }
    for (const name of Object.keys(right)) {
      if (!Object.hasOwn(left, name)) this.#inside(name, undefined, right[name], place);
    }
  }

  #compareNumbers(left: number | ExactNumber, right: number | ExactNumber, place: RulePlace): void {
    const [leftText, rightText] = [numberText(left), numberText(right)];
    if (leftText === rightText) return;
    const [leftValue, rightValue] = [parseDecimal(leftText), parseDecimal(rightText)];
    const isSame = leftValue !== undefined && rightValue !== undefined && isSameDecimal(leftValue, rightValue);
    const rule = ruleOf(place, (candidate) => isScalarRule(candidate) && isEqualByRule(left, right, candidate));
    if (rule) this.#excuse(rule.name);
    else if (isSame && this.#isNumberByValue) this.#excuse(renderingRule);
    else if (isSame) this.#differ("rendering", left, right);
    else this.#differ(leftValue && rightValue && isRounding(leftValue, rightValue) ? "rounding" : "value", left, right);
  }

  #compareScalars(left: ExactJson, right: ExactJson, place: RulePlace): void {
    const rule = ruleOf(place, (candidate) => isScalarRule(candidate) && isEqualByRule(left, right, candidate));
    if (rule) this.#excuse(rule.name);
    else if (typeNameOf(left) !== typeNameOf(right)) this.#differ("type", left, right);
    else this.#differ(isSameTime(left, right) ? "time" : "value", left, right);
  }

  #compareLists(left: ExactJson[], right: ExactJson[], place: RulePlace): void {
    const rule = ruleOf(place, ({ unorderedBy }) => unorderedBy !== undefined);
    if (rule) return this.#compareUnordered(left, right, place, rule);
    if (isReordered(left, right)) return this.#differ("order", left, right);
    // An element put in or left out shall not make all that follow it differ.
    let start = 0;
    const shorter = Math.min(left.length, right.length);
    if (left.length !== right.length) {
      while (start < shorter && isIdentical(left[start]!, right[start]!)) start += 1;
    }
    let end = 0;
    if (left.length !== right.length) {
      while (end < shorter - start && isIdentical(left.at(-1 - end)!, right.at(-1 - end)!)) end += 1;
    }
    const count = Math.max(left.length, right.length) - end;
    for (let index = start; index < count; index += 1) {
      const leftElement = index < left.length - end ? left[index] : undefined;
      this.#inside(index, leftElement, index < right.length - end ? right[index] : undefined, place);
    }
  }

  #compareUnordered(left: ExactJson[], right: ExactJson[], place: RulePlace, rule: Rule): void {
    const matches = matchUnordered(left, right, rule.unorderedBy!);
    let isMoved = false;
    for (const { leftIndex, rightIndex } of matches) {
      if (leftIndex !== undefined && rightIndex !== undefined && leftIndex !== rightIndex) isMoved = true;
      const leftElement = leftIndex === undefined ? undefined : left[leftIndex];
      const rightElement = rightIndex === undefined ? undefined : right[rightIndex];
      this.#inside(leftIndex ?? rightIndex!, leftElement, rightElement, place);
    }
    if (isMoved) this.#excuse(rule.name);
  }

  #inside(name: string | number, left: ExactJson | undefined, right: ExactJson | undefined, place: RulePlace): void {
    if (left === right) return;
    this.#path.push(name);
    this.compare(left, right, place.length === 0 ? place : childPlace(place, String(name)));
    this.#path.pop();
  }

  #excuse(rule: string): void {
    this.isRawEqual = false;
    this.rulesUsed.add(rule);
  }

  #differ(kind: DifferenceKind, left: ExactJson | undefined, right: ExactJson | undefined): void {
    this.isRawEqual = false;
    this.differenceCount += 1;
    if (this.differences.length >= differencesMax) return;
    this.differences.push({
      pointer: pointerOf(this.#path),
      field: pointerOf(this.#path.map((name) => (typeof name === "number" ? "*" : name))),
      kind,
      ...(left !== undefined && { left: shownValue(left) }),
      ...(right !== undefined && { right: shownValue(right) }),
    });
  }
}

function isScalarRule({ tolerance, normalise }: Rule): boolean {
  return tolerance !== undefined || normalise.some((step) => step !== "null");
}

/** The JSON type of a value; all numbers are of one. */
export function typeNameOf(value: ExactJson): "null" | "boolean" | "string" | "number" | "array" | "object" {
  if (value === null) return "null";
  if (isNumber(value)) return "number";
  if (Array.isArray(value)) return "array";
  return typeof value as "boolean" | "string" | "object";
}

/** Two texts of one moment, in another zone or precision. */
function isSameTime(left: ExactJson, right: ExactJson): boolean {
  if (typeof left !== "string" || typeof right !== "string") return false;
  const [leftMs, rightMs] = [toInstantMs(left), toInstantMs(right)];
  if (leftMs === undefined || rightMs === undefined) return false;
  return leftMs === rightMs || (left.length !== right.length && Math.floor(leftMs / 1e3) === Math.floor(rightMs / 1e3));
}

function isReordered(left: ExactJson[], right: ExactJson[]): boolean {
  if (left.length !== right.length || left.length < 2 || isIdentical(left, right)) return false;
  const [leftTexts, rightTexts] = [left.map(canonicalText), right.map(canonicalText)];
  if (leftTexts.every((text, index) => text === rightTexts[index])) return false;
  const sorted = rightTexts.sort();
  return leftTexts.sort().every((text, index) => text === sorted[index]);
}
