export {
  type ClickLogFormat,
  type ClickLogFormatName,
  type ClickLogRow,
  type ClickLogTools,
  clickLogFormatNames,
} from "./click-log-format.ts";
export { clickLogFormats, eventNamesByWord } from "./click-log-formats.ts";
export { type ClickLogLayout, clickLogLayout } from "./click-log-layout.ts";
export { clickLogTimeMs, secondsMax } from "./click-log-time.ts";
