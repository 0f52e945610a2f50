import { AppError } from "@footfall/base";
import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";

const id = Type.String({ minLength: 1, maxLength: 128 });

const PurchaseSchema = Type.Object(
  {
    orderId: id,
    /** When the shop took it, ms since the epoch. */
    placedAtMs: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
    currency: Type.String({ pattern: "^[A-Z]{3}$" }),
    lines: Type.Array(
      Type.Object(
        {
          itemId: id,
          quantity: Type.Integer({ minimum: 1, maximum: 999 }),
          unitPrice: Type.Number({ minimum: 0, maximum: 1_000_000 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
    /** The wished time of delivery, on the clocks of the shop's town. */
    deliver: Type.Optional(
      Type.Object(
        {
          date: Type.String({ pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$" }),
          time: Type.String({ pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/** What the shop tells an order service of a purchase. */
export type Purchase = Static<typeof PurchaseSchema>;

const purchases = TypeCompiler.Compile(PurchaseSchema);

/** @throws AppError REQUEST_INVALID with the field */
export function parsePurchase(value: unknown): Purchase {
  if (purchases.Check(value)) return value;
  const { path, message } = purchases.Errors(value).First()!;
  throw new AppError("REQUEST_INVALID", `The purchase is refused at ${path || "/"}: ${message}.`, {
    context: { field: path },
  });
}
