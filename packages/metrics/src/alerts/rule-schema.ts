import { type Static, type TLiteral, Type } from "@sinclair/typebox";
import { durationPattern } from "./duration.ts";
import { rangeFunctions } from "./metric-reader.ts";

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ minLength: 1, description });
export const Duration = Type.String({ pattern: durationPattern, description: "a duration such as 30s, 5m or 1h30m" });
const number = Type.Number({ description: "a number" });
const oneOf = <Name extends string>(names: readonly Name[]) =>
  Type.Union(
    names.map((name): TLiteral<Name> => Type.Literal(name)),
    { description: `one of ${names.join(", ")}` },
  );
const labelName = "^[a-zA-Z_][a-zA-Z0-9_]*$";
export const LabelTexts = Type.Record(Type.String({ pattern: labelName }), Type.String({ description: "a text" }), {
  additionalProperties: false,
  description: "label names with texts",
});
const LabelNames = Type.Array(Type.String({ pattern: labelName, description: "a label's name" }), {
  description: "a list of label names",
});
const Metric = Type.Object(
  {
    name: text("a metric's name"),
    labels: Type.Optional(LabelTexts),
    /** Alertmanager's form: `status=~"5.."`. */
    matchers: Type.Optional(Type.Array(text("a matcher"), { description: "a list of matchers" })),
  },
  { ...closed, description: "a metric: name, labels, matchers" },
);

const comparisons = [">", ">=", "<", "<=", "==", "!="] as const;
const compared = {
  over: Duration,
  op: oneOf(comparisons),
  value: number,
  /** Lower limit of the hysteresis: an alert that fires goes on until the value is past it. */
  until: Type.Optional(number),
};
const measured = { metric: Metric, function: oneOf(rangeFunctions) };

/** Exactly one of these. */
const ConditionSchema = Type.Object(
  {
    /** A value of each series, or of each group of series with equal labels `by`. */
    threshold: Type.Optional(
      Type.Object(
        {
          ...measured,
          ...compared,
          by: Type.Optional(LabelNames),
          combine: Type.Optional(oneOf(["sum", "avg", "min", "max"] as const)),
        },
        closed,
      ),
    ),
    /** Sums of two metrics, per labels `by`. A denominator below `minimum`, or 0, is no data. */
    ratio: Type.Optional(
      Type.Object(
        {
          numerator: Metric,
          denominator: Metric,
          function: oneOf(["increase", "rate", "last", "avg"] as const),
          ...compared,
          minimum: Type.Number({ minimum: 0, description: "a number from 0 on" }),
          by: Type.Optional(LabelNames),
        },
        closed,
      ),
    ),
    /** One alert for each expected set of labels that no series has. */
    absence: Type.Optional(
      Type.Object(
        {
          metric: Metric,
          expected: Type.Array(LabelTexts, { minItems: 1, description: "a list of label sets" }),
          over: Duration,
        },
        closed,
      ),
    ),
    /** Against the same local hour of past weeks; see `judgeAnomaly`. */
    anomaly: Type.Optional(
      Type.Object(
        {
          ...measured,
          over: Duration,
          direction: Type.Optional(oneOf(["above", "below", "both"] as const)),
          weeks: Type.Optional(Type.Integer({ minimum: 3, maximum: 52, description: "a whole number from 3 to 52" })),
          deviations: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: "a number above 0" })),
          tolerance: Type.Optional(Type.Number({ minimum: 0, description: "a share of the usual value, from 0 on" })),
        },
        closed,
      ),
    ),
    /** How far the watermark may be behind the wall clock. */
    watermark: Type.Optional(Type.Object({ behind: Duration }, closed)),
    /** Always true: whoever waits for its notices learns that nobody sends them any more. */
    always: Type.Optional(Type.Object({}, closed)),
  },
  { ...closed, description: "one of threshold, ratio, absence, anomaly, watermark, always" },
);

const RuleSchema = Type.Object(
  {
    alert: text("the alert's name"),
    condition: ConditionSchema,
    for: Type.Optional(Duration),
    keep_firing_for: Type.Optional(Duration),
    labels: Type.Optional(LabelTexts),
    annotations: Type.Optional(LabelTexts),
    no_data: Type.Optional(oneOf(["keep", "alert", "ok"] as const)),
    /** How long an alert without data is kept; then it ends, and says so. */
    no_data_for: Type.Optional(Duration),
    /** An alert that began to fire `episodes` times `within` a while ends only when calm for `keep_firing_for`. */
    flapping: Type.Optional(
      Type.Object(
        {
          episodes: Type.Integer({ minimum: 2, maximum: 20, description: "a whole number from 2 to 20" }),
          within: Duration,
          keep_firing_for: Duration,
        },
        closed,
      ),
    ),
  },
  { ...closed, description: "a rule" },
);

export const RuleFileSchema = Type.Object(
  {
    groups: Type.Array(
      Type.Object(
        {
          name: text("the group's name"),
          interval: Type.Optional(Duration),
          rules: Type.Array(RuleSchema, { description: "a list of rules" }),
        },
        { ...closed, description: "a group" },
      ),
      { description: "a list of groups" },
    ),
  },
  { ...closed, description: "an object with groups" },
);

export type RuleFile = Static<typeof RuleFileSchema>;
export type RuleEntry = Static<typeof RuleSchema>;
export type MetricEntry = Static<typeof Metric>;
export type ConditionEntry = Static<typeof ConditionSchema>;
export type Comparison = (typeof comparisons)[number];
