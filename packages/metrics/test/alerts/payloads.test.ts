import { expect, test } from "vitest";
import { decideNotices, type Notice } from "../../src/alerts/notices/decide-notices.ts";
import { firingAlerts } from "../../src/alerts/notices/notified-alert.ts";
import { alertmanagerAlerts } from "../../src/alerts/payloads/alertmanager-alerts.ts";
import { emailMessage } from "../../src/alerts/payloads/email-message.ts";
import { webhookPayload } from "../../src/alerts/payloads/webhook-payload.ts";
import { loadRule, run, send, settings, someRules } from "./alerts-fixture.ts";

const annotations = {
  summary: "<b>{{ $labels.instance }}</b> & {{ $value }}",
  runbook_url: "https://wiki.example/a?b&c",
};
const rules = someRules(loadRule({ annotations, labels: { severity: "critical" } }));
const links = { externalUrl: "http://monitor.example/alerts", generatorUrl: () => "http://monitor.example/load" };
const both = [20, 21].map((value, index) => ({ labels: { instance: `a:${index}` }, value }));

function noticeOf(decided: ReturnType<typeof decideNotices>): Notice {
  return decided.notices[0]!;
}

const firing = run(rules, [both]).state;
const resolved = run(rules, ["missing", [both[0]!, { ...both[1]!, value: 1 }]], send(firing, 0).state).state;

test("a webhook gets Alertmanager's version 4", () => {
  expect(webhookPayload(noticeOf(decideNotices(firing, settings, 0)), links)).toEqual({
    version: "4",
    groupKey: 'mail:{alertname="Load"}',
    truncatedAlerts: 0,
    status: "firing",
    receiver: "mail",
    groupLabels: { alertname: "Load" },
    commonLabels: { alertname: "Load", severity: "critical" },
    commonAnnotations: { runbook_url: "https://wiki.example/a?b&c" },
    externalURL: "http://monitor.example/alerts",
    alerts: both
      .map(({ labels, value }) => ({
        status: "firing",
        labels: { alertname: "Load", severity: "critical", ...labels },
        annotations: { ...annotations, summary: `<b>${labels.instance}</b> & ${value}` },
        startsAt: "1970-01-01T00:01:00.000Z",
        endsAt: "0001-01-01T00:00:00Z",
        generatorURL: "http://monitor.example/load",
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      }))
      .sort((a, b) => firingOrder(a.labels.instance) - firingOrder(b.labels.instance)),
  });
  const mixed = webhookPayload(noticeOf(decideNotices(resolved, settings, 1)), links);
  expect([mixed.status, mixed.alerts.map(({ status, endsAt }) => `${status} ${endsAt}`)]).toEqual([
    "firing",
    ["resolved 1970-01-01T00:02:00.000Z", "firing 0001-01-01T00:00:00Z"],
  ]);
});

function firingOrder(instance: string): number {
  return firingAlerts(firing).findIndex(({ labels }) => labels["instance"] === instance);
}

test("an Alertmanager is told when an alert ends unless it is told again", () => {
  const options = { nowMs: 600_000, intervalMs: 15_000, generatorUrl: links.generatorUrl };
  const [alert] = alertmanagerAlerts(firingAlerts(firing), options);
  expect(alert).toMatchObject({ startsAt: "1970-01-01T00:01:00.000Z", endsAt: "1970-01-01T00:14:00.000Z" });
  const slow = alertmanagerAlerts(firingAlerts(firing), { ...options, intervalMs: 120_000 });
  expect(slow[0]!.endsAt).toBe("1970-01-01T00:18:00.000Z");
  const { alerts } = noticeOf(decideNotices(resolved, settings, 1));
  expect(alertmanagerAlerts(alerts, options)[0]!.endsAt).toBe("1970-01-01T00:02:00.000Z");
});

test("mail is plain text, and HTML in which nothing of an alert is markup", () => {
  const mail = emailMessage(noticeOf(decideNotices(resolved, settings, 1)), links);
  expect(mail.subject).toBe("[1 firing, 1 resolved] Load");
  expect(mail.text).toContain("FIRING\n\n<b>a:0</b> & 20\nrunbook_url: https://wiki.example/a?b&c");
  expect(mail.text).toContain("until: 1970-01-01T00:02:00.000Z");
  expect(mail.html).toContain("&lt;b&gt;a:0&lt;/b&gt; &amp; 20");
  expect(mail.html).toContain('<a href="https://wiki.example/a?b&amp;c">');
  expect(mail.html).not.toContain("<b>");
});

test("texts of an alert make no link that is not http, and no second line of the subject", () => {
  const notice = noticeOf(decideNotices(firing, settings, 0));
  const labels = { alertname: "Load\r\nBcc: all@example.org", page: "javascript:alert(1)" };
  const mail = emailMessage({ ...notice, alerts: [{ ...notice.alerts[0]!, labels, annotations: {} }] }, links);
  expect(mail.subject).toBe("[1 firing] Load Bcc: all@example.org");
  expect(mail.html).not.toContain('href="javascript');
});
