import { AppError } from "@footfall/base";
import type { ClickEvent, ClickItem, EventName } from "../click-event.ts";
import { clickLogEventId } from "./click-log-event-id.ts";
import type { ClickLogFormat, ClickLogRow, ClickLogTools } from "./click-log-format.ts";
import { clickLogTimeMs } from "./click-log-time.ts";

/** What the logs' own words for events mean here. A word that is not listed stays as it is and is refused by name. */
export const eventNamesByWord: Readonly<Record<string, EventName>> = {
  view: "view_item",
  addtocart: "add_to_cart",
  cart: "add_to_cart",
  remove_from_cart: "remove_from_cart",
  transaction: "purchase",
  purchase: "purchase",
};

/** What databases and data frames write, in any case, where there is no value. */
export const noValueWords: readonly string[] = ["null", "\\n", "nan"];
const noValueLengthMax = 4;

const number = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;

/** `ClickLogFormat.toClickEvent` of a format with columns. */
export function rowToClickEvent(format: ClickLogFormat, row: ClickLogRow, tools: ClickLogTools): ClickEvent {
  const roles = format.roles!;
  const timeText = row[roles.time] ?? "";
  const timeMs = clickLogTimeMs(timeText);
  const values = format.columns.map(({ name }) => row[name] ?? "");
  const word = "always" in roles.name ? roles.name.always : (row[roles.name.column] ?? "");
  const category = (roles.category ?? []).map((column) => optional(row, column)).find((text) => text !== undefined);
  const item = {
    item_id: id(row, roles.item, "/items/0/item_id"),
    ...field("item_brand", optional(row, roles.brand)),
    ...field("item_category", category),
    ...field("price", numberOrText(optional(row, roles.price))),
    ...field("quantity", numberOrText(optional(row, roles.quantity))),
  } as ClickItem;
  return {
    eventId: clickLogEventId(format.name, values, timeMs, tools),
    name: eventNamesByWord[word] ?? (word as EventName),
    visitorId: id(row, roles.visitor, "/visitorId"),
    sessionId: id(row, roles.session, "/sessionId"),
    occurredAtMs: (Number.isNaN(timeMs) ? timeText : timeMs) as number,
    ...field("transaction_id", optional(row, roles.transaction)),
    items: [item],
  } as ClickEvent;
}

function isNoValue(text: string): boolean {
  return text.length <= noValueLengthMax && noValueWords.includes(text.toLowerCase());
}

function id(row: ClickLogRow, column: string, pointer: string): string {
  const text = row[column] ?? "";
  if (!isNoValue(text)) return text;
  throw new AppError("EVENT_FIELD_INVALID", `Column ${column} holds "${text}", which stands for no value.`, {
    context: { field: pointer },
  });
}

function optional(row: ClickLogRow, column: string | undefined): string | undefined {
  const text = column === undefined ? "" : (row[column] ?? "");
  return text === "" || isNoValue(text) ? undefined : text;
}

/** What is no number stays text, so that a refusal can show it. */
function numberOrText(text: string | undefined): number | string | undefined {
  return text !== undefined && number.test(text) ? Number(text) : text;
}

function field(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
