import type { ClickLogFormatName, ClickLogTools } from "./click-log-format.ts";

/** Stands between the parts of the hashed text; a control character, which no valid id holds. */
export const columnSeparator = "\u001f";

/**
 * The id of a row of a click log: the layout of UUID version 7 (RFC 9562, section 5.7), its time bits the event time
 * and its random bits taken from the MD5 of tenant, format and row. The same row gives the same id wherever it is
 * read for one tenant; two rows that differ in any column give two.
 * @param values  the text of all columns in the order of the format
 */
export function clickLogEventId(
  format: ClickLogFormatName,
  values: readonly string[],
  occurredAtMs: number,
  tools: ClickLogTools,
): string {
  const digits = tools.hash([tools.tenant, format, ...values].join(columnSeparator));
  const isTime = Number.isInteger(occurredAtMs) && occurredAtMs >= 0 && occurredAtMs < 2 ** 48;
  const time = (isTime ? occurredAtMs : 0).toString(16).padStart(12, "0");
  const variant = "89ab"[Number.parseInt(digits.charAt(3), 16) & 3] ?? "8";
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${digits.slice(0, 3)}`,
    `${variant}${digits.slice(4, 7)}`,
    digits.slice(7, 19),
  ].join("-");
}
