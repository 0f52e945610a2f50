import type { Labels } from "../label-matcher.ts";
import type { Notice } from "../notices/decide-notices.ts";
import type { NotifiedAlert } from "../notices/notified-alert.ts";

/** Where a reader of a notice finds more. */
export interface NoticeLinks {
  /** Of the page of alerts. */
  readonly externalUrl: string;
  /** Of the page that shows what an alert is about. */
  readonly generatorUrl: (alert: NotifiedAlert) => string;
}

/** The JSON that Alertmanager posts to webhooks, version "4". Send the notice's key as a header of idempotency. */
export function webhookPayload(notice: Notice, { externalUrl, generatorUrl }: NoticeLinks) {
  const { alerts } = notice;
  return {
    version: "4",
    groupKey: notice.groupKey,
    truncatedAlerts: 0,
    status: notice.status,
    receiver: notice.receiver,
    groupLabels: notice.groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    alerts: alerts.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: new Date(alert.startsAtMs).toISOString(),
      endsAt: alert.endsAtMs === undefined ? "0001-01-01T00:00:00Z" : new Date(alert.endsAtMs).toISOString(),
      generatorURL: generatorUrl(alert),
      fingerprint: alert.fingerprint,
    })),
  };
}

/** What all of them have, with equal texts. */
export function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, text]) => others.every((other) => other[name] === text)),
  );
}
