import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { type KafkaLogOptions, openKafkaLog } from "@footfall/log/kafka";
import { readAll, record, type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const password = "broker-password";
const sasl = { mechanism: "plain", username: "shop", password: "shop-password" } as const;

/** Java's own tool makes the broker's key. */
function keytool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("keytool", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`keytool failed: ${stdout}${stderr}`);
  return stdout;
}

describe.skipIf(!canRunKafka())("the Kafka log over TLS and SASL", () => {
  let temporary: TemporaryFolder;
  let kafka: ProxiedKafka;
  let ca: string;
  const logs: EventLog[] = [];

  beforeAll(async () => {
    temporary = await temporaryFolder();
    const store = ["-keystore", join(temporary.path, "broker.p12"), "-storepass", password, "-alias", "broker"];
    const names = ["-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1"];
    keytool("-genkeypair", "-keyalg", "EC", "-validity", "3", "-storetype", "PKCS12", ...names, ...store);
    ca = keytool("-exportcert", "-rfc", ...store);
    const login = "org.apache.kafka.common.security.plain.PlainLoginModule required";
    kafka = await startProxiedKafka({
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:SASL_SSL",
      "listener.name.proxied.ssl.keystore.type": "PKCS12",
      "listener.name.proxied.ssl.keystore.location": join(temporary.path, "broker.p12"),
      "listener.name.proxied.ssl.keystore.password": password,
      "listener.name.proxied.sasl.enabled.mechanisms": "PLAIN",
      "listener.name.proxied.plain.sasl.jaas.config": `${login} user_${sasl.username}="${sasl.password}";`,
    });
  }, 120_000);
  afterEach(() => Promise.all(logs.splice(0).map((log) => log.close())));
  afterAll(async () => {
    await kafka.stop();
    await temporary.remove();
  });

  async function open(options: Partial<KafkaLogOptions>): Promise<EventLog> {
    const log = await openKafkaLog({ brokers: kafka.brokers, clientId: "test", appendTimeoutMs: 10_000, ...options });
    logs.push(log);
    return log;
  }

  it("appends, reads and follows", async () => {
    const log = await open({ ssl: { ca }, sasl });
    await log.createTopic({ name: "secured", partitions: 1 });
    await log.append("secured", [record("a", "1")]);
    expect(await readAll(log, "secured", 0)).toHaveLength(1);
    const seen: bigint[] = [];
    const onBatch: Parameters<EventLog["subscribe"]>[0]["onBatch"] = async ({ records }) =>
      void seen.push(...records.map(({ offset }) => offset));
    await log.subscribe({ topics: ["secured"], from: "earliest", onBatch });
    await waitFor(() => seen.length === 1, { deadlineMs: 20_000 });
  });

  it("says at once that the broker refuses its password, and that trying again is of no use", async () => {
    const log = await open({ ssl: { ca }, sasl: { ...sasl, password: "guessed" } });
    const error = await log.append("secured", [record("a", "1")]).catch((e: AppError) => e);
    expect(error).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: false });
    expect((error as AppError).message).toContain("credentials");
  });

  it("does not talk to a broker whose certificate it does not trust", async () => {
    const log = await open({ ssl: true, sasl });
    const error = await log.append("secured", [record("a", "1")]).catch((e: AppError) => e);
    expect(error).toMatchObject({ code: "LOG_UNAVAILABLE" });
    expect((error as AppError).message).toContain("certificate");
  });
});
