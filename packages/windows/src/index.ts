export { type SessionKey, sessionKeyText } from "./session-key.ts";
export { sessionGapMs, sessionLengthMaxMs, type SessionRow } from "./session-row.ts";
export {
  type ClosedSessions,
  type SessionWindow,
  SessionWindows,
  type SessionWindowsOptions,
} from "./session-windows.ts";
export { count } from "./measures/count.ts";
export { counterIncrease } from "./measures/counter-increase.ts";
export { distribution } from "./measures/distribution.ts";
export { max, min } from "./measures/extreme.ts";
export { last } from "./measures/last.ts";
export {
  mergeSketches,
  type QuantileSketch,
  readSketch,
  sketchBucket,
  sketchQuantile,
} from "./measures/quantile-sketch.ts";
export { sumInOrder } from "./measures/sum-in-order.ts";
export { mergeWindows } from "./merge-windows.ts";
export { itemsSql, type ItemWindow, itemWindows, windowSizeMs } from "./item-windows.ts";
export { type OrderEvent, OrderLines, orderRepeatSpanMs } from "./order-lines.ts";
export { type TimeWindow, windowAt } from "./time-window.ts";
export { TumblingWindows, type WindowsOf } from "./tumbling-windows.ts";
export { Watermark, type WatermarkOptions } from "./watermark.ts";
export type { LateRecord, Observed, WindowEvent, WindowItem } from "./window-event.ts";
export { columnName, foldColumns, foldedRowsSql, windowRowsSql } from "./window-sql.ts";
export { eachEvent, type RowOf, type TimedEvent, windowTable, type WindowTable } from "./window-table.ts";
