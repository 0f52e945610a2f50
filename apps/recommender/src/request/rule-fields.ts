import { Type } from "@sinclair/typebox";
import { limitMax } from "./recommendation-query.ts";
import { requestBounds } from "./requested-rules.ts";

export const flag = Type.Boolean({ description: "true or false" });
const perGroup = Type.Integer({
  minimum: 1,
  maximum: requestBounds.perGroupMax,
  description: `a whole number from 1 to ${requestBounds.perGroupMax}`,
});

/** A part of a whole. */
export const share = Type.Number({ minimum: 0, maximum: 1, description: "a number from 0 to 1" });

/** What a request may ask, and a placement may have as its default, in the same form. */
export const ruleFields = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limitMax, description: `a whole number from 1 to ${limitMax}` }),
  ),
  filter: Type.Optional(Type.Unknown()),
  excludeSeen: Type.Optional(flag),
  excludePurchased: Type.Optional(flag),
  perCategory: Type.Optional(perGroup),
  perBrand: Type.Optional(perGroup),
  diversity: Type.Optional(share),
  minScore: Type.Optional(share),
};
