import type { ErrorCode } from "@footfall/base";

/** Why an event was refused. `field` is a JSON pointer into the event, "" for the whole. */
export interface EventRejection {
  readonly code: ErrorCode;
  readonly field: string;
  readonly reason: string;
}

/** The answer per event, in the order of the batch. `eventId` is null where the event had none that could be read. */
export type EventReceipt =
  | { readonly eventId: string; readonly status: "accepted" }
  | { readonly eventId: string; readonly status: "duplicate" }
  | ({ readonly eventId: string | null; readonly status: "rejected" } & EventRejection);

/** What topic `clicks.rejected` holds, as one JSON object a record. */
export interface RejectedEvent extends EventRejection {
  readonly tenant: string;
  readonly rejectedAtMs: number;
  readonly sentAtMs: number;
  /** Whether the write key was `historic`; a replay applies the same rules. */
  readonly historic: boolean;
  /** The event as it came. */
  readonly event: unknown;
}
