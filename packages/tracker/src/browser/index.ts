export type { ClickItem, EventName } from "@footfall/events";
export type { EventFields } from "../numberer.ts";
export type { Consent, Tracker } from "../tracker.ts";
export type { TrackerOptions } from "../tracker-options.ts";
export { createTracker, sentEventName } from "./create-tracker.ts";
