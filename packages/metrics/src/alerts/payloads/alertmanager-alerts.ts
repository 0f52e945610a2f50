import type { NotifiedAlert } from "../notices/notified-alert.ts";

export interface AlertmanagerOptions {
  readonly nowMs: number;
  /** How often rules are judged. */
  readonly intervalMs: number;
  readonly generatorUrl: (alert: NotifiedAlert) => string;
}

/**
 * The JSON to post to `/api/v2/alerts` of an Alertmanager, once a minute while alerts fire and once when they are over.
 * One that fires ends by itself when this is no longer posted: `endsAt` is four intervals, at least four minutes,
 * ahead.
 */
export function alertmanagerAlerts(alerts: readonly NotifiedAlert[], options: AlertmanagerOptions) {
  const aheadMs = 4 * Math.max(options.intervalMs, 60_000);
  return alerts.map((alert) => ({
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: new Date(alert.startsAtMs).toISOString(),
    endsAt: new Date(alert.endsAtMs ?? options.nowMs + aheadMs).toISOString(),
    generatorURL: options.generatorUrl(alert),
  }));
}
