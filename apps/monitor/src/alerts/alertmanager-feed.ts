import { AppError, type Clock } from "@footfall/base";
import {
  alertmanagerAlerts,
  type AlertState,
  type AlertTransition,
  endedAlert,
  firingAlerts,
  type NotifiedAlert,
} from "@footfall/metrics/alerts";
import type { DeliveryAttempts } from "./delivery-attempts.ts";
import { fetchFailure } from "./fetch-failure.ts";
import { shownUrl } from "./notice-deliveries.ts";

export interface AlertmanagerFeedOptions {
  /** Addresses of Alertmanagers, each of which is told everything. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  /** Told how each post fares. */
  readonly attempts: DeliveryAttempts;
  readonly generatorUrl: (alert: NotifiedAlert) => string;
  readonly onUndelivered: (error: unknown) => void;
}

/** How often what fires is told again, as Prometheus does; what is told no more ends there by itself. */
const repeatMs = 60_000;
/** How long what has ended is told again. */
const endedForMs = 900_000;
const timeoutMs = 10_000;

/** Tells Alertmanagers what fires and what has ended; they group, mute and send. */
export class AlertmanagerFeed {
  readonly #options: AlertmanagerFeedOptions;
  #ended: readonly NotifiedAlert[] = [];
  #postedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: AlertmanagerFeedOptions) {
    this.#options = options;
  }

  /** At most once a minute where nothing has changed. What was not taken is posted again in the next minute. */
  async post(state: AlertState, transitions: readonly AlertTransition[]): Promise<void> {
    const nowMs = this.#options.clock();
    const ended = transitions.flatMap(({ to, episode }) =>
      to === "resolved" ? (endedAlert(state, episode) ?? []) : [],
    );
    this.#ended = [...this.#ended, ...ended].filter(({ endsAtMs }) => nowMs - (endsAtMs ?? nowMs) < endedForMs);
    const isNew = transitions.some(({ to }) => to === "firing" || to === "resolved");
    if (!isNew && nowMs - this.#postedAtMs < repeatMs) return;
    this.#postedAtMs = nowMs;
    const alerts = [...this.#ended, ...firingAlerts(state)];
    if (alerts.length > 0) await Promise.all(this.#options.urls.map((url) => this.#postTo(url, alerts, nowMs)));
  }

  async #postTo(url: string, alerts: readonly NotifiedAlert[], nowMs: number): Promise<void> {
    const { generatorUrl, clock, attempts, onUndelivered } = this.#options;
    try {
      const response = await fetch(new URL("api/v2/alerts", url.endsWith("/") ? url : `${url}/`), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(alertmanagerAlerts(alerts, { nowMs, intervalMs: repeatMs, generatorUrl })),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
      attempts.taken(url, url, clock());
    } catch (cause) {
      const message = `Alertmanager ${shownUrl(url)} did not take alerts: ${fetchFailure(cause)}`;
      const error = new AppError("ALERT_UNDELIVERED", message, { cause });
      attempts.failed(url, error, clock());
      onUndelivered(error);
    }
  }
}
