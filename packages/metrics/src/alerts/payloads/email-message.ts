import type { Notice } from "../notices/decide-notices.ts";
import type { NotifiedAlert } from "../notices/notified-alert.ts";
import type { NoticeLinks } from "./webhook-payload.ts";

export interface EmailMessage {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A notice to be read by people; texts of alerts are escaped, and links go to http(s) only. */
export function emailMessage(notice: Notice, links: NoticeLinks): EmailMessage {
  const parts = (["firing", "resolved"] as const).flatMap((status) => {
    const alerts = notice.alerts.filter((alert) => alert.status === status);
    return alerts.length > 0 ? [{ title: `${alerts.length} ${status}`, alerts }] : [];
  });
  const names = [...new Set(notice.alerts.map(({ labels }) => labels["alertname"] ?? ""))].join(", ");
  const subject = `[${parts.map(({ title }) => title).join(", ")}] ${names}`.replaceAll(/\p{Cc}+/gu, " ");
  const text = parts.map(({ title, alerts }) => {
    return `${title.toUpperCase()}\n\n${alerts.map((alert) => alertText(alert, links)).join("\n\n")}`;
  });
  const html = parts.map(({ title, alerts }) => {
    return `<h2>${title}</h2>\n${alerts.map((alert) => alertHtml(alert, links)).join("\n")}`;
  });
  return {
    subject,
    text: `${text.join("\n\n")}\n\nAll alerts: ${links.externalUrl}\n`,
    html: `<!doctype html>\n<html><body>\n${html.join("\n")}\n<p>${link(links.externalUrl, "All alerts")}</p>\n</body></html>\n`,
  };
}

function alertText(alert: NotifiedAlert, { generatorUrl }: NoticeLinks): string {
  return [headline(alert), ...facts(alert).map(([name, value]) => `${name}: ${value}`), generatorUrl(alert)].join("\n");
}

function alertHtml(alert: NotifiedAlert, { generatorUrl }: NoticeLinks): string {
  const rows = facts(alert).map(([name, value]) => {
    return `<tr><th align="left">${escapeHtml(name)}</th><td>${link(value, value)}</td></tr>`;
  });
  return `<h3>${link(generatorUrl(alert), headline(alert))}</h3>\n<table>${rows.join("")}</table>`;
}

function headline({ labels, annotations }: NotifiedAlert): string {
  return annotations["summary"] ?? labels["alertname"] ?? "Alert";
}

function facts(alert: NotifiedAlert): (readonly [name: string, value: string])[] {
  const { summary: _, ...annotations } = alert.annotations;
  return [
    ...Object.entries(annotations),
    ["since", new Date(alert.startsAtMs).toISOString()],
    ...(alert.endsAtMs === undefined ? [] : [["until", new Date(alert.endsAtMs).toISOString()] as const]),
    ...(alert.reason === undefined ? [] : [["ended by", alert.reason] as const]),
    ...Object.entries(alert.labels),
  ];
}

function link(url: string, text: string): string {
  return /^https?:\/\//.test(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>` : escapeHtml(text);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => entities[letter]!);
}
