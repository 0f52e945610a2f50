export { sessionGapMs, sessionLengthMaxMs, type SessionRow } from "./session-row.ts";
export {
  type ClosedSessions,
  type SessionWindow,
  SessionWindows,
  type SessionWindowsOptions,
} from "./session-windows.ts";
export { type TimeWindow, windowAt } from "./time-window.ts";
export {
  revenueScale,
  TumblingWindows,
  type TumblingWindowsOptions,
  type WindowAggregate,
  windowSizeMs,
} from "./tumbling-windows.ts";
export { Watermark, type WatermarkOptions } from "./watermark.ts";
export type { LateRecord, Observed, WindowEvent, WindowItem } from "./window-event.ts";
