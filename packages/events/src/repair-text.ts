import type { TSchema } from "@sinclair/typebox";
import { ClickEventSchema, ClickItemSchema, textPattern } from "./click-event.ts";

const eventTexts = textFields(ClickEventSchema.properties);
const itemTexts = textFields(ClickItemSchema.properties);

/**
 * A copy of the event whose free texts and addresses hold U+FFFD where they held a lone surrogate or NUL, or undefined
 * where nothing had to be replaced. A page title cut in the middle of an emoji must not cost the shop an event;
 * ids are left alone, because a changed id is another id.
 */
export function repairText(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  const repaired = repairFields(value, eventTexts);
  const items = repairItems(value["items"]);
  if (!items) return repaired;
  return { ...(repaired ?? value), items };
}

function repairItems(value: unknown): unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  let isChanged = false;
  const items = value.map((item: unknown) => {
    const repaired = isRecord(item) ? repairFields(item, itemTexts) : undefined;
    if (repaired) isChanged = true;
    return repaired ?? item;
  });
  return isChanged ? items : undefined;
}

function repairFields(record: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> | undefined {
  let repaired: Record<string, unknown> | undefined;
  for (const field of fields) {
    const text = record[field];
    if (typeof text !== "string") continue;
    const wellFormed = text.replace(unstorable, "\ufffd");
    if (wellFormed !== text) (repaired ??= { ...record })[field] = wellFormed;
  }
  return repaired;
}

// oxlint-disable-next-line no-control-regex -- NUL is what is looked for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function textFields(properties: Readonly<Record<string, TSchema>>): string[] {
  return Object.keys(properties).filter((name) => properties[name]?.["pattern"] === textPattern);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
