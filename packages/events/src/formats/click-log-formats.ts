import { AppError } from "@footfall/base";
import type { ClickEvent, ClickItem, EventName } from "../click-event.ts";
import { clickLogEventId } from "./click-log-event-id.ts";
import type { ClickLogFormat, ClickLogFormatName, ClickLogRow, ClickLogTools } from "./click-log-format.ts";
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

const columns = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));

const retailrocket: ClickLogFormat = {
  name: "retailrocket",
  description: "CSV: timestamp_s,visitorid,event,itemid,sessionid,categoryid; view, addtocart, transaction",
  columns: columns("timestamp_s", "visitorid", "event", "itemid", "sessionid", "categoryid"),
  header: "required",
  toClickEvent: (row, tools) =>
    toEvent(retailrocket, row, tools, {
      name: text(row, "event"),
      visitorId: text(row, "visitorid"),
      sessionId: text(row, "sessionid"),
      timeText: text(row, "timestamp_s"),
      item: { item_id: text(row, "itemid"), ...optional("item_category", text(row, "categoryid")) },
    }),
};

const rees46: ClickLogFormat = {
  name: "rees46",
  description: "CSV: event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session",
  columns: columns(
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
  ),
  header: "required",
  toClickEvent: (row, tools) =>
    toEvent(rees46, row, tools, {
      name: text(row, "event_type"),
      visitorId: text(row, "user_id"),
      sessionId: text(row, "user_session"),
      timeText: text(row, "event_time"),
      item: {
        item_id: text(row, "product_id"),
        ...optional("item_brand", text(row, "brand")),
        // The 64-bit category ids stay text: as numbers they would be rounded.
        ...optional("item_category", text(row, "category_code") || text(row, "category_id")),
        ...(text(row, "price") === "" ? {} : { price: Number(text(row, "price")) }),
      },
    }),
};

const yoochoose: ClickLogFormat = {
  name: "yoochoose",
  description: "CSV without header: session_id,ISO time,item_id,category; clicks only",
  columns: columns("session_id", "time", "item_id", "category"),
  header: "none",
  toClickEvent: (row, tools) =>
    toEvent(yoochoose, row, tools, {
      name: "view",
      visitorId: text(row, "session_id"),
      sessionId: text(row, "session_id"),
      timeText: text(row, "time"),
      item: { item_id: text(row, "item_id"), ...optional("item_category", text(row, "category")) },
    }),
};

const sessions: ClickLogFormat = {
  name: "sessions",
  description: "CSV or TSV: session_id,item_id,ts (seconds, milliseconds or ISO), with or without header",
  columns: [
    { name: "session_id", alsoNamed: ["session"] },
    { name: "item_id", alsoNamed: ["item"] },
    { name: "ts", alsoNamed: ["time", "timestamp"] },
  ],
  header: "optional",
  toClickEvent: (row, tools) =>
    toEvent(sessions, row, tools, {
      name: "view",
      visitorId: text(row, "session_id"),
      sessionId: text(row, "session_id"),
      timeText: text(row, "ts"),
      item: { item_id: text(row, "item_id") },
    }),
};

const jsonl: ClickLogFormat = {
  name: "jsonl",
  description: "one event as JSON a line, as POST /v1/events takes them",
  columns: [],
  header: "none",
  toClickEvent: (row) => {
    try {
      return JSON.parse(text(row, "line")) as ClickEvent;
    } catch (cause) {
      throw new AppError("EVENT_BODY_MALFORMED", `The line is not JSON: ${(cause as Error).message}`, { cause });
    }
  },
};

export const clickLogFormats: Readonly<Record<ClickLogFormatName, ClickLogFormat>> = {
  retailrocket,
  rees46,
  yoochoose,
  jsonl,
  sessions,
};

interface RowMeaning {
  readonly name: string;
  readonly visitorId: string;
  readonly sessionId: string;
  readonly timeText: string;
  readonly item: ClickItem;
}

function toEvent(format: ClickLogFormat, row: ClickLogRow, tools: ClickLogTools, meaning: RowMeaning): ClickEvent {
  const occurredAtMs = clickLogTimeMs(meaning.timeText);
  const values = format.columns.map((column) => text(row, column.name));
  return {
    eventId: clickLogEventId(format.name, values, occurredAtMs, tools),
    name: eventNamesByWord[meaning.name] ?? (meaning.name as EventName),
    visitorId: meaning.visitorId,
    sessionId: meaning.sessionId,
    occurredAtMs,
    items: [meaning.item],
  };
}

function text(row: ClickLogRow, column: string): string {
  return row[column] ?? "";
}

function optional<Name extends "item_brand" | "item_category">(name: Name, value: string): { [N in Name]?: string } {
  return (value === "" ? {} : { [name]: value }) as { [N in Name]?: string };
}
