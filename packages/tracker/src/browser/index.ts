export type { ClickItem, EventName } from "@footfall/events";
export type { EventFields } from "../numberer.ts";
export type { Consent, Tracker } from "../tracker.ts";
export { createTracker, sentEventName, type TrackerOptions } from "./create-tracker.ts";
