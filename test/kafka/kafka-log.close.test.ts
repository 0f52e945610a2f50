import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { freePort, waitFor } from "@footfall/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { program, useNames } from "../../packages/log/test/use-and-close.ts";
import { canRunKafka } from "./kafka-or-skip.ts";
import { type ProxiedKafka, startProxiedKafka } from "./proxied-kafka.ts";

const deadlineMs = 90_000;

describe.skipIf(!canRunKafka())("a closed Kafka log leaves nothing behind that keeps a process alive", () => {
  let kafka: ProxiedKafka;

  beforeAll(async () => {
    kafka = await startProxiedKafka();
  }, 120_000);
  afterAll(() => kafka.stop());
  afterEach(() => kafka.proxy.resume());

  /** @param beforeClose  what happens once the log was used */
  async function outputOf(broker: string, use: string, beforeClose?: () => void): Promise<string> {
    const signal = beforeClose === undefined ? [] : ["signal"];
    const parameters = ["kafka", broker, randomUUID(), use, ...signal];
    const child = spawn(process.execPath, ["--import", "tsx", program, ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "close");
    if (beforeClose !== undefined) {
      await waitFor(() => output.includes("used\n"), { deadlineMs, what: "the log to be used" });
      beforeClose();
      child.kill("SIGUSR2");
    }
    expect(await ended).toEqual([0, null]);
    return output;
  }

  it.each(useNames)("after %s", async (use) => {
    expect(await outputOf(kafka.brokers[0]!, use)).toBe("used\nclosed\n");
  });

  it("after a connection that failed", async () => {
    expect(await outputOf(`127.0.0.1:${await freePort()}`, "a failed connection")).toBe("used\nclosed\n");
  });

  it.each(useNames)("after %s, where the broker answers no more", async (use) => {
    expect(await outputOf(kafka.brokers[0]!, use, () => kafka.proxy.pause())).toBe("used\nclosed\n");
  });
});
