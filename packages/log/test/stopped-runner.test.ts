import Runner from "kafkajs/src/consumer/runner.js";
import { waitFor } from "@footfall/testkit";
import { expect, it } from "vitest";
import { installStoppedRunner } from "../src/kafka/stopped-runner.ts";

installStoppedRunner();

it("a consumer that is stopped while leaders move does not keep its process busy", async () => {
  let nodeIds = [1];
  let asked = 0;
  let left = false;
  const failures: unknown[] = [];
  const stopping: Promise<void>[] = [];
  const logger = {
    namespace: () => logger,
    debug(message: string) {
      // The fetchers there are have ended, and the new ones are not made yet.
      if (message === "Rebalancing fetchers...") stopping.push(runner.stop());
    },
    info() {},
    warn() {},
    error() {},
  };
  const runner: Runner = new Runner({
    logger,
    consumerGroup: {
      connect: async () => {},
      joinAndSync: async () => {},
      heartbeat: async () => {},
      leave: async () => void (left = true),
      groupId: "group",
      memberId: "member",
      getNodeIds() {
        // So that a process that never comes to its timers fails here instead of hanging.
        if (++asked > 1_000) throw new Error("asks without end");
        return nodeIds;
      },
      async fetch() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        nodeIds = [1, 2];
        return [];
      },
    },
    instrumentationEmitter: { emit() {} },
    heartbeatInterval: 1_000,
    retry: { retries: 0 },
    onCrash: (error: unknown) => void failures.push(error),
    eachBatch: async () => {},
  });
  await runner.start();
  await waitFor(() => stopping.length > 0);
  await stopping[0];
  expect(failures).toEqual([]);
  expect(left).toBe(true);
});
