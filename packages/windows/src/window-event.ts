import type { SessionKey } from "./session-key.ts";

/** What windows need of an event. An `EventEnvelope` is one. */
export interface WindowEvent {
  readonly eventId: string;
  readonly tenant: string;
  readonly name: string;
  readonly visitorId: string;
  readonly sessionId: string;
  readonly occurredAtMs: number;
  readonly items?: readonly WindowItem[];
}

export interface WindowItem {
  readonly item_id: string;
  readonly price?: number;
  readonly quantity?: number;
}

/** `late`: a window that the event belongs to has closed, so its rows must be made again from the table of events. */
export type Observed = "open" | "late";

/** What a late event touches: its tumbling window by start, and its session around its own time. */
export interface LateRecord extends SessionKey {
  readonly occurredAtMs: number;
  readonly isLateForWindow: boolean;
  readonly isLateForSession: boolean;
}
