import { waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KafkaShop, type ShopApp, startKafkaShop } from "../faults/kafka-shop.ts";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const silentAfterMs = 3_000;
const patient = { deadlineMs: 90_000, intervalMs: 200 };

interface Problem {
  readonly code: string;
  readonly message: string;
}

interface Health {
  readonly status: string;
  readonly services: readonly {
    readonly service: string;
    readonly problems: readonly Problem[];
    readonly warnings?: readonly Problem[];
  }[];
}

describe.runIf(canRunKafka())("while the broker does not answer", () => {
  let kafka: ProxiedKafka;
  let shop: KafkaShop;

  beforeAll(async () => {
    kafka = await startProxiedKafka();
    const environment = { FOOTFALL_LOG_SILENT_AFTER_MS: String(silentAfterMs) };
    shop = await startKafkaShop({ brokers: kafka.directBrokers(), environment });
  });
  afterAll(async () => {
    kafka?.resume();
    await shop?.stop();
    await kafka?.stop();
  });

  async function health(app: ShopApp): Promise<Health & { readonly code: number }> {
    const response = await fetch(`${shop.process(app).operatorUrl}/health`);
    return { code: response.status, ...((await response.json()) as Health) };
  }

  /** What the service of that name says, and whether the process is ready. */
  async function stateOf(app: ShopApp) {
    const { code, services } = await health(app);
    const { problems, warnings = [] } = services.find(({ service }) => service === app)!;
    return { isReady: code === 200, problems, warnings };
  }

  /** Values of a metric by its labels. */
  async function metric(app: ShopApp, name: string): Promise<ReadonlyMap<string, number>> {
    const page = await (await fetch(`${shop.process(app).operatorUrl}/metrics`)).text();
    const lines = page.split("\n").filter((line) => line.startsWith(`${name}{`));
    return new Map(lines.map((line) => [/\{(.*)\}/.exec(line)![1]!, Number(line.split(" ").at(-1))] as const));
  }

  const allReady = async (): Promise<boolean> => {
    const states = await Promise.all((["collector", "aggregator", "recommender"] as const).map(stateOf));
    return states.every(({ isReady, warnings }) => isReady && warnings.length === 0);
  };

  async function send(): Promise<number> {
    const event = { eventId: crypto.randomUUID(), name: "view_item", visitorId: "v", sessionId: "s", seq: 1 };
    const events = [{ ...event, occurredAtMs: Date.now(), items: [{ item_id: "a" }] }];
    const response = await fetch(`${shop.process("collector").url}/v1/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: "demo", sentAtMs: Date.now(), events }),
    });
    return response.status;
  }

  const clicksOf = (app: ShopApp) => `app="${app}",reader="clicks"`;
  const contactOf = async (app: ShopApp) =>
    (await metric(app, "footfall_log_contact_timestamp_seconds")).get(clicksOf(app));
  const lagOf = async (app: ShopApp) => (await metric(app, "footfall_log_lag_records")).get(clicksOf(app));

  it("the aggregator is not ready, nobody claims a lag, the others serve and say what ages; then all is well", async () => {
    expect(await send()).toBe(200);
    await waitFor(allReady, { ...patient, what: "all to be ready" });
    await waitFor(async () => (await lagOf("recommender")) === 0, patient);
    await waitFor(async () => (await metric("aggregator", "footfall_log_commit_timestamp_seconds")).size > 0, patient);
    expect((await metric("aggregator", "footfall_aggregator_lag_records")).size).toBeGreaterThan(0);

    kafka.pause();
    const pausedAtSeconds = Date.now() / 1000;
    // Each topic has a reader of its own, and they notice one after the other.
    const ill = await waitFor(
      async () => {
        const { isReady, problems } = await stateOf("aggregator");
        const ofClicks = problems.find(({ message }) => /^clicks: the log has not answered for \d+ s/.test(message));
        return ofClicks && { isReady, ...ofClicks };
      },
      { ...patient, what: "the aggregator to tell" },
    );
    expect(ill).toMatchObject({ isReady: false, code: "LOG_UNAVAILABLE" });
    for (const app of ["aggregator", "recommender"] as const) {
      await waitFor(async () => (await lagOf(app)) === undefined, patient);
      expect(await contactOf(app)).toBeLessThan(pausedAtSeconds + 1);
    }
    expect((await metric("aggregator", "footfall_aggregator_lag_records")).size).toBe(0);
    expect((await metric("recommender", "footfall_recommender_log_lag_records")).size).toBe(0);

    // It has trending items to answer with.
    const ageing = await waitFor(async () => {
      const state = await stateOf("recommender");
      return state.warnings.length > 0 ? state : undefined;
    }, patient);
    expect(ageing).toMatchObject({ isReady: true, problems: [] });
    expect(ageing.warnings[0]!.message).toContain("answers miss the last clicks");
    const answer = await fetch(`${shop.process("recommender").url}/recommendations?key=demo&visitorId=u`);
    expect(await answer.json()).toMatchObject({ items: [{ itemId: "a" }] });

    expect(await send()).toBe(200);
    const spooling = await waitFor(async () => {
      const state = await stateOf("collector");
      return state.warnings.some(({ message }) => message.includes("Events are taken to disk")) ? state : undefined;
    }, patient);
    expect(spooling).toMatchObject({ isReady: true, problems: [] });
    // Time and commits of nothing clear nothing.
    await waitFor(async () => Date.now() / 1000 - pausedAtSeconds > 15, { ...patient, what: "a longer outage" });
    expect((await stateOf("aggregator")).isReady).toBe(false);

    kafka.resume();
    await waitFor(allReady, { ...patient, what: "all to be ready again" });
    await waitFor(async () => (await lagOf("aggregator")) === 0 && (await lagOf("recommender")) === 0, patient);
    for (const app of ["aggregator", "recommender"] as const) {
      expect(await contactOf(app)).toBeGreaterThan(pausedAtSeconds + 15);
    }
    const committedAt = async () =>
      (await metric("aggregator", "footfall_log_commit_timestamp_seconds")).get(clicksOf("aggregator"))!;
    await waitFor(async () => (await committedAt()) > pausedAtSeconds + 15, patient);
  });
});
