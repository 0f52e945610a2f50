import type { AlertRecord, AlertState } from "../alert-state.ts";
import type { Labels } from "../label-matcher.ts";

/** An alert as receivers are told of it. */
export interface NotifiedAlert {
  /** Of fingerprint, episode and status: what a receiver that gets it twice may know it by. */
  readonly key: string;
  readonly status: "firing" | "resolved";
  readonly fingerprint: string;
  readonly episode: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly value?: AlertRecord["value"];
  /** When it began to fire, in event time. */
  readonly startsAtMs: number;
  readonly endsAtMs?: number;
  readonly reason?: string;
}

/** Alerts that fire, oldest first. */
export function firingAlerts(state: AlertState): NotifiedAlert[] {
  const firing = Object.entries(state.alerts).flatMap(([fingerprint, record]): NotifiedAlert[] => {
    const { state: status, episode, labels, annotations, value, firedAtMs } = record;
    if (status !== "firing" || firedAtMs === undefined) return [];
    const told = { fingerprint, episode, labels, annotations, ...(value !== undefined && { value }) };
    return [{ key: `${episode}-firing`, status, startsAtMs: firedAtMs, ...told }];
  });
  return firing.sort(byStart);
}

/** An episode that is over; undefined: nothing is remembered of it. */
export function endedAlert(
  state: AlertState,
  episode: string,
  status: NotifiedAlert["status"] = "resolved",
): NotifiedAlert | undefined {
  const ended = state.ended[episode];
  if (!ended) return undefined;
  const { firedAtMs, endedAtMs, ...told } = ended;
  const end = status === "resolved" && { endsAtMs: endedAtMs };
  return { key: `${episode}-${status}`, status, episode, startsAtMs: firedAtMs, ...end, ...told };
}

export function byStart(a: NotifiedAlert, b: NotifiedAlert): number {
  return a.startsAtMs - b.startsAtMs || (a.fingerprint < b.fingerprint ? -1 : 1);
}
