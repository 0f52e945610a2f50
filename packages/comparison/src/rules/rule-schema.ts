import { type Static, type TLiteral, Type } from "@sinclair/typebox";

const closed = { additionalProperties: false } as const;
const oneOf = <Name extends string>(names: readonly Name[]) =>
  Type.Union(
    names.map((name): TLiteral<Name> => Type.Literal(name)),
    { description: `one of ${names.join(", ")}` },
  );
const pointer = Type.String({
  pattern: "^/([^~]|~[01])*$",
  maxLength: 512,
  description: "a JSON pointer such as /items/*/price",
});
const listOf = <Name extends string>(names: readonly Name[]) =>
  Type.Array(oneOf(names), { minItems: 1, description: `a list of ${names.join(", ")}` });
const limit = Type.Number({ minimum: 0, description: "a number ≥ 0" });

export const normalisations = ["trim", "case", "unicode", "time", "number", "null"] as const;
const textNormalisations = ["trim", "case", "unicode"] as const;
const allowed = ["late", "doubled"] as const;

const RuleSchema = Type.Object(
  {
    path: pointer,
    /** Whatever lies here is equal. */
    ignore: Type.Optional(Type.Literal(true, { description: "true" })),
    /** Numbers, and times in ms after `normalise: [time]`, may differ by so much; one of both limits is enough. */
    tolerance: Type.Optional(
      Type.Object({ abs: Type.Optional(limit), rel: Type.Optional(limit) }, { ...closed, description: "abs, rel" }),
    ),
    normalise: Type.Optional(listOf(normalisations)),
    /** The order of a list does not matter. Elements meet by equal `by`, seen from the element, else by their value. */
    unordered: Type.Optional(
      Type.Union([Type.Literal(true), Type.Object({ by: pointer }, closed)], { description: "true, or by: /sku" }),
    ),
  },
  { ...closed, description: "a rule: path, and what holds there" },
);

export const RulesFileSchema = Type.Object(
  {
    /** What makes two records a pair, one or several pointers. */
    key: Type.Optional(
      Type.Union([pointer, Type.Array(pointer, { minItems: 1 })], { description: "a pointer, or a list" }),
    ),
    /** Of keys that two systems write differently. */
    normaliseKey: Type.Optional(listOf(textNormalisations)),
    /** Event time. */
    time: Type.Optional(pointer),
    /** Event id: a side's records with one id are one event. */
    id: Type.Optional(pointer),
    /** Event type: only records of one type are a pair. */
    type: Type.Optional(pointer),
    /** Where set, records of a key are versions of one thing, and the newest of each side are compared. */
    version: Type.Optional(pointer),
    /** `value` (default): 1, 1.0 and 1e0 are equal by rule; `text`: they differ. */
    numbers: Type.Optional(oneOf(["value", "text"] as const)),
    /** What is counted but is no difference. */
    allow: Type.Optional(listOf(allowed)),
    rules: Type.Optional(Type.Array(RuleSchema, { maxItems: 1000, description: "a list of rules" })),
  },
  { ...closed, description: "an object with key, time, id, type, version, numbers, allow, rules" },
);

export type RulesFile = Static<typeof RulesFileSchema>;
export type RuleEntry = Static<typeof RuleSchema>;
export type Normalisation = (typeof normalisations)[number];
export type TextNormalisation = (typeof textNormalisations)[number];
