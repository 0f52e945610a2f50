import type { RejectedEvent } from "./receipt.ts";

/** Most ms before and after the epoch that a Date can hold (ECMA-262, section 21.4.1.1). */
const timeMsMax = 8.64e15;

/** What a record tells; one that is none of ours is kept as a body that was no JSON. */
export function readRejectedEvent(text: string, appendedAtMs: number): RejectedEvent {
  try {
    const rejected = JSON.parse(text) as Partial<RejectedEvent> | null;
    const isOurs =
      typeof rejected?.code === "string" &&
      typeof rejected.tenant === "string" &&
      isTime(rejected.rejectedAtMs) &&
      isTime(rejected.sentAtMs);
    if (isOurs) return rejected as RejectedEvent;
  } catch {
    // Told below.
  }
  return {
    code: "EVENT_BODY_MALFORMED",
    field: "",
    reason: "The record is no refused event.",
    tenant: "",
    rejectedAtMs: appendedAtMs,
    sentAtMs: appendedAtMs,
    historic: true,
    event: text,
  };
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= timeMsMax;
}
