import { levelRangeOf } from "../severity.ts";
import type { FieldTest, NumberBound } from "./log-query.ts";
import { QueryProblem } from "./query-problem.ts";
import type { FieldValue } from "./read-terms.ts";

const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?$/i;

/** What is asked of a field. Throws `QueryProblem`. */
export function fieldTest(field: string, value: FieldValue): FieldTest {
  switch (value.kind) {
    case "text": {
      const { text, openStart, openEnd } = value.text;
      if (text === "") return { kind: "exists" };
      if (field !== "level") return { kind: "value", text, openStart, openEnd };
      return between(numbersOf(field, text, value.at), numbersOf(field, text, value.at));
    }
    case "compare": {
      const at = value.at + value.operator.length;
      const numbers = numbersOf(field, value.operand, at);
      switch (value.operator) {
        case ">=":
          return { kind: "range", from: { value: numbers.from, inclusive: true } };
        case ">":
          return { kind: "range", from: { value: numbers.to, inclusive: false } };
        case "<=":
          return { kind: "range", to: { value: numbers.to, inclusive: true } };
        case "<":
          return { kind: "range", to: { value: numbers.from, inclusive: false } };
        default:
          return between(numbers, numbers);
      }
    }
    case "range": {
      if (value.from === "*" && value.to === "*") return { kind: "exists" };
      const from: NumberBound | undefined =
        value.from === "*" ? undefined : { value: numbersOf(field, value.from, value.at + 1).from, inclusive: true };
      const to: NumberBound | undefined =
        value.to === "*" ? undefined : { value: numbersOf(field, value.to, value.at + 1).to, inclusive: true };
      return { kind: "range", ...(from && { from }), ...(to && { to }) };
    }
  }
}

interface Numbers {
  readonly from: number;
  readonly to: number;
}

function between({ from }: Numbers, { to }: Numbers): FieldTest {
  return { kind: "range", from: { value: from, inclusive: true }, to: { value: to, inclusive: true } };
}

/** The numbers that a word stands for: itself, or all of a level. A level's number is OpenTelemetry's. */
function numbersOf(field: string, word: string, at: number): Numbers {
  const number = Number(word);
  // Not minus zero, which is another value than zero but no other number.
  if (decimal.test(word) && Number.isFinite(number)) return { from: number + 0, to: number + 0 };
  if (field !== "level")
    throw new QueryProblem(at, `"${word}" is not a number`, "comparisons and ranges are for numbers: status:>=500");
  const range = levelRangeOf(word);
  if (range === undefined)
    throw new QueryProblem(at, `"${word}" is not a level`, "write trace, debug, info, warn, error or fatal");
  return range;
}
