import type { AlertState, Route } from "@footfall/metrics/alerts";
import { expect, it } from "vitest";
import { DeliveryAttempts } from "../../src/alerts/delivery-attempts.ts";
import { noticeDeliveries } from "../../src/alerts/notice-deliveries.ts";

const none = { matchers: [], groupBy: [], groupWaitMs: 0, groupIntervalMs: 0, repeatIntervalMs: 0, routes: [] };
const route: Route = { ...none, receiver: "team", routes: [{ ...none, receiver: "nobody" }] };
const receivers = new Map([
  ["team", { webhookUrl: "https://hooks.example/secret", email: { to: "a@b", from: "c@d", smtpUrl: "smtp://u:p@m" } }],
]);
const group = { receiver: "team", waitMs: 30_000, intervalMs: 1, repeatMs: 1, seenAtMs: 1_000, episodes: {} };
const offer = { key: "k", firing: [], resolved: [] };

function groupsOf(groups: Readonly<Record<string, object>>): AlertState["groups"] {
  return Object.fromEntries(
    Object.entries(groups).map(([key, more]) => [key, { ...group, labels: { alertname: key }, ...more }]),
  );
}

it("tells of each group whether its notice waits, is under way, fails or was delivered; what fails first", () => {
  const groups = groupsOf({
    delivered: { sentAtMs: 5_000 },
    waits: {},
    sends: { offer },
    fails: { offer, sentAtMs: 2_000 },
    elsewhere: { receiver: "gone" },
  });
  const attempts = new DeliveryAttempts();
  attempts.failed("fails", new Error("status 503"), 7_000);
  attempts.failed("fails", new Error("status 504"), 8_000);
  attempts.taken("delivered", "team", 5_000);
  const told = noticeDeliveries(groups, { route, receivers }, attempts);
  expect(told).toEqual({
    receivers: [
      {
        receiver: "team",
        ways: ["webhook", "email"],
        takenAtMs: 5_000,
        groups: [
          {
            labels: { alertname: "fails" },
            state: "failing",
            deliveredAtMs: 2_000,
            failed: { attempts: 2, failedAtMs: 8_000, error: "status 504" },
          },
          { labels: { alertname: "sends" }, state: "sending" },
          { labels: { alertname: "waits" }, state: "waiting", dueAtMs: 31_000 },
          { labels: { alertname: "delivered" }, state: "delivered", deliveredAtMs: 5_000 },
        ],
      },
      { receiver: "nobody", ways: [], groups: [] },
    ],
    alertmanagers: [],
  });
  expect(JSON.stringify(told)).not.toContain("secret");
});

it("tells of Alertmanagers without their passwords, and of nobody where nobody is told", () => {
  const attempts = new DeliveryAttempts();
  const url = "http://ann:secret@am:9093/x?token=secret";
  attempts.failed(url, new Error("refused"), 1);
  attempts.taken(url, url, 2);
  attempts.failed(url, "away", 3);
  const failed = { attempts: 1, failedAtMs: 3, error: "away" };
  expect(noticeDeliveries({}, { alertmanagers: [url] }, attempts)).toEqual({
    receivers: [],
    alertmanagers: [{ url: "http://am:9093/x", takenAtMs: 2, failed }],
  });
  attempts.keepOnly(() => false);
  expect(attempts.failureOf(url)).toBeUndefined();
  expect(noticeDeliveries({}, {}, attempts)).toEqual({ receivers: [], alertmanagers: [] });
});
