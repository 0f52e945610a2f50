export type { ClickItem, EventName } from "@footfall/events";
export type { Consent, EventFields, Tracker } from "../tracker.ts";
export { createTracker, sentEventName, type TrackerOptions } from "./create-tracker.ts";
