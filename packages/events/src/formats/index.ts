export {
  type ClickLogFormat,
  type ClickLogFormatName,
  type ClickLogRoles,
  type ClickLogRow,
  type ClickLogTools,
  clickLogFormatNames,
  quietSessionColumn,
  quietSessionMs,
  rowColumns,
} from "./click-log-format.ts";
export { clickLogFormats } from "./click-log-formats.ts";
export { type ClickLogLayout, clickLogLayout } from "./click-log-layout.ts";
export { clickLogTimeMs, microsecondsMax, millisecondsMax, secondsMax } from "./click-log-time.ts";
export { splitRow } from "./split-row.ts";
export { eventNamesByWord, noValueWords } from "./to-click-event.ts";
