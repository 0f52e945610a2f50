import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { manualClock } from "@footfall/base";
import { type AlertState, type AlertTransition, noAlerts, type Notice } from "@footfall/metrics/alerts";
import { temporaryFolder } from "@footfall/testkit";
import { SMTPServer } from "smtp-server";
import { describe, expect, it, onTestFinished } from "vitest";
import { readNoticeFile } from "../../src/alerts/alert-files.ts";
import { DeliveryAttempts } from "../../src/alerts/delivery-attempts.ts";
import { AlertmanagerFeed } from "../../src/alerts/alertmanager-feed.ts";
import { sendNotice } from "../../src/alerts/receivers.ts";

const startMs = Date.UTC(2026, 10, 29, 12);
const labels = { alertname: "Load", severity: "critical", instance: "shop-1" };
const notice: Notice = {
  key: "k/1-firing",
  groupKey: "g",
  receiver: "mail",
  status: "firing",
  groupLabels: { alertname: "Load" },
  alerts: [
    {
      key: "k/1-firing",
      status: "firing",
      fingerprint: "f",
      episode: "k/1",
      labels,
      annotations: { summary: "Load is <high>", description: "50 is too much" },
      startsAtMs: startMs,
    },
  ],
};
const links = { externalUrl: "http://ops", generatorUrl: () => "http://ops/alerts" };

async function startMailServer(answer?: Error) {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: (_address, _session, done) => done(answer),
    onData(stream, _session, done) {
      let text = "";
      stream.on("data", (part) => (text += String(part)));
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    email: { to: "ops@shop.example", from: "footfall@shop.example", smtpUrl: `smtp://127.0.0.1:${port}` },
  };
}

describe("mail", () => {
  it("says what fires, as text and as HTML, with an id that a repeat has too", async () => {
    const { mails, email } = await startMailServer();
    await sendNotice({ email }, notice, links);
    await sendNotice({ email }, notice, links);
    expect(mails).toHaveLength(2);
    const ids = mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]);
    expect(ids).toEqual(["<k_1-firing@footfall>", "<k_1-firing@footfall>"]);
    expect(mails[0]).toMatch(/^Subject: \[1 firing\] Load/im);
    expect(mails[0]).toContain("50 is too much");
    expect(mails[0]).toContain("Load is &lt;high&gt;");
  });

  it("that is not taken is an error, so that it is sent again", async () => {
    const { email } = await startMailServer(new Error("no such user"));
    await expect(sendNotice({ email }, notice, links)).rejects.toMatchObject({
      code: "ALERT_UNDELIVERED",
      message: expect.stringContaining("no such user"),
    });
    const nobody = { ...email, smtpUrl: "smtp://127.0.0.1:1" };
    await expect(sendNotice({ email: nobody }, notice, links)).rejects.toMatchObject({ code: "ALERT_UNDELIVERED" });
  });
});

describe("an Alertmanager", () => {
  it("is told what fires each minute, and for a while that it has ended", async () => {
    const posts: { url: string; alerts: { labels: object; endsAt: string }[] }[] = [];
    let status = 200;
    const server = createServer((request: IncomingMessage, response) => {
      let text = "";
      request.on("data", (part) => (text += String(part)));
      request.on("end", () => {
        posts.push({ url: request.url!, alerts: JSON.parse(text) as never });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const clock = manualClock(startMs);
    const errors: unknown[] = [];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const attempts = new DeliveryAttempts();
    const feed = new AlertmanagerFeed({
      urls: [url],
      clock: clock.now,
      attempts,
      generatorUrl: () => "http://ops/alerts",
      onUndelivered: (error) => errors.push(error),
    });
    const transition = (to: AlertTransition["to"]): AlertTransition =>
      ({
        to,
        episode: "e1",
        fingerprint: "f1",
        labels,
        annotations: {},
        atMs: startMs,
        rule: "Load",
        from: "pending",
      }) as AlertTransition;
    const alert = { state: "firing", episode: "e1", labels, annotations: {}, firedAtMs: startMs };
    const firing = { ...noAlerts, alerts: { f1: alert } } as unknown as AlertState;
    await feed.post(firing, [transition("firing")]);
    await feed.post(firing, []);
    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject({ url: "/api/v2/alerts", alerts: [{ labels }] });
    expect(Date.parse(posts[0]!.alerts[0]!.endsAt)).toBe(startMs + 240_000);
    clock.advance(60_000);
    await feed.post(firing, []);
    expect(posts).toHaveLength(2);

    const endedAtMs = startMs + 70_000;
    const ended = { firedAtMs: startMs, endedAtMs, fingerprint: "f1", labels, annotations: {} };
    const over = { ...noAlerts, ended: { e1: ended } } as unknown as AlertState;
    clock.advance(10_000);
    status = 500;
    await feed.post(over, [transition("resolved")]);
    expect(errors).toMatchObject([{ code: "ALERT_UNDELIVERED" }]);
    expect(attempts.failureOf(url)).toMatchObject({ attempts: 1, failedAtMs: clock.now() });
    expect(attempts.failureOf(url)?.error).toContain("status 500");
    expect(attempts.takenAtMs(url)).toBe(startMs + 60_000);
    status = 200;
    clock.advance(60_000);
    await feed.post(noAlerts, []);
    expect(attempts.failureOf(url)).toBeUndefined();
    expect(Date.parse(posts.at(-1)!.alerts[0]!.endsAt)).toBe(endedAtMs);
    clock.advance(900_000);
    const told = posts.length;
    await feed.post(noAlerts, []);
    expect(posts).toHaveLength(told);
  });
});

it("reads who is told from a file, and names every fault of it", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "notices.yml");
  await writeFile(
    path,
    `route: { receiver: team }
receivers:
  - name: team
    webhook_url: https://hooks.example/x
    email: { to: ops@shop.example, from: f@shop.example, smtp_url: "smtp://mail.example:587" }
alertmanagers: [http://127.0.0.1:9093]
`,
  );
  const { receivers, alertmanagers, route } = await readNoticeFile(path);
  expect(route?.receiver).toBe("team");
  expect(receivers.get("team")).toMatchObject({
    webhookUrl: "https://hooks.example/x",
    email: { to: "ops@shop.example" },
  });
  expect(alertmanagers).toEqual(["http://127.0.0.1:9093"]);
  await writeFile(path, "route: {}\nreceivers: [{ webhook_url: ftp://x }]\nalertmanagers: [nonsense]\n");
  await expect(readNoticeFile(path)).rejects.toMatchObject({
    code: "INPUT_FORMAT_INVALID",
    message: expect.stringMatching(/route\.receiver[^]*receivers\.0[^]*alertmanagers\.0/),
  });
});

it("takes a file of Alertmanagers alone, and asks for a route where receivers are, or nobody is", async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "notices.yml");
  const read = async (text: string) => {
    await writeFile(path, text);
    return readNoticeFile(path);
  };
  const alone = "alertmanagers: [http://127.0.0.1:9093]\n";
  for (const text of [alone, `${alone}receivers: []\n`]) {
    const file = await read(text);
    expect(file).toEqual({ inhibitRules: [], receivers: new Map(), alertmanagers: ["http://127.0.0.1:9093"] });
  }
  const inhibition = "inhibit_rules: [{ source_matchers: [a=b], target_matchers: [c=d], equal: [job] }]\n";
  expect((await read(alone + inhibition)).inhibitRules).toHaveLength(1);
  const receiver = "receivers: [{ name: team, webhook_url: https://hooks.example }]\n";
  for (const text of ["", "alertmanagers: []\n", receiver, alone + receiver, inhibition]) {
    await expect(read(text), text).rejects.toMatchObject({
      code: "INPUT_FORMAT_INVALID",
      message: expect.stringContaining("route is missing"),
    });
  }
});
