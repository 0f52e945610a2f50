import { AppError } from "@footfall/base";
import type { ClickEvent } from "../click-event.ts";
import { type ClickLogFormat, type ClickLogFormatName, quietSessionColumn } from "./click-log-format.ts";
import { rowToClickEvent } from "./to-click-event.ts";

const columns = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));

type TableFormat = Omit<ClickLogFormat, "toClickEvent"> & Required<Pick<ClickLogFormat, "roles">>;

function table(declared: TableFormat): ClickLogFormat {
  const format: ClickLogFormat = { ...declared, toClickEvent: (row, tools) => rowToClickEvent(format, row, tools) };
  return format;
}

/** `events.csv` as it was published. */
const retailrocketEvents = table({
  name: "retailrocket",
  description: "CSV: timestamp,visitorid,event,itemid,transactionid (ms); sessions end after 30 minutes of quiet",
  columns: columns("timestamp", "visitorid", "event", "itemid", "transactionid"),
  header: "required",
  roles: {
    name: { column: "event" },
    visitor: "visitorid",
    session: quietSessionColumn,
    time: "timestamp",
    item: "itemid",
    transaction: "transactionid",
  },
});

const retailrocket = table({
  name: "retailrocket",
  description:
    "CSV: timestamp,visitorid,event,itemid,transactionid as published (sessions end after 30 minutes of quiet), or " +
    "timestamp_s,visitorid,event,itemid,sessionid,categoryid; view, addtocart, transaction",
  columns: columns("timestamp_s", "visitorid", "event", "itemid", "sessionid", "categoryid"),
  header: "required",
  roles: {
    name: { column: "event" },
    visitor: "visitorid",
    session: "sessionid",
    time: "timestamp_s",
    item: "itemid",
    category: ["categoryid"],
  },
  variants: [retailrocketEvents],
});

const rees46 = table({
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
  roles: {
    name: { column: "event_type" },
    visitor: "user_id",
    session: "user_session",
    time: "event_time",
    item: "product_id",
    brand: "brand",
    // The 64-bit category ids stay text: as numbers they would be rounded.
    category: ["category_code", "category_id"],
    price: "price",
  },
});

/** `yoochoose-buys.dat`. */
const yoochooseBuys = table({
  name: "yoochoose",
  description: "CSV without header: session_id,ISO time,item_id,price,quantity; purchases",
  columns: columns("session_id", "time", "item_id", "price", "quantity"),
  header: "none",
  roles: {
    name: { always: "purchase" },
    visitor: "session_id",
    session: "session_id",
    time: "time",
    item: "item_id",
    price: "price",
    quantity: "quantity",
  },
});

const yoochoose = table({
  name: "yoochoose",
  description:
    "CSV without header: session_id,ISO time,item_id,category (clicks), or " +
    "session_id,ISO time,item_id,price,quantity (buys)",
  columns: columns("session_id", "time", "item_id", "category"),
  header: "none",
  roles: {
    name: { always: "view_item" },
    visitor: "session_id",
    session: "session_id",
    time: "time",
    item: "item_id",
    category: ["category"],
  },
  variants: [yoochooseBuys],
});

const sessions = table({
  name: "sessions",
  description: "CSV or TSV: session_id,item_id,ts (seconds, milliseconds or ISO), with or without header",
  columns: [
    { name: "session_id", alsoNamed: ["session"] },
    { name: "item_id", alsoNamed: ["item"] },
    { name: "ts", alsoNamed: ["time", "timestamp"] },
  ],
  header: "optional",
  roles: { name: { always: "view_item" }, visitor: "session_id", session: "session_id", time: "ts", item: "item_id" },
});

const jsonl: ClickLogFormat = {
  name: "jsonl",
  description: "one event as JSON a line, as POST /v1/events takes them",
  columns: [],
  header: "none",
  toClickEvent: (row) => {
    try {
      return JSON.parse(row["line"] ?? "") as ClickEvent;
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
