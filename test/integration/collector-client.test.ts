import { getEventListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createCollectorClient } from "../../scripts/collector-client.ts";

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly retryAfter?: string;
}

const accepted = { receipts: [{ eventId: "e", status: "accepted" }] };
let server: Server | undefined;
afterEach(() => server?.close());

/** Answers each request with the next of the answers. */
async function serve(answers: readonly (Answer | "hang up")[]): Promise<{ url: string; bodies: unknown[] }> {
  const bodies: unknown[] = [];
  const listening = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = answers[bodies.length];
      bodies.push(JSON.parse(body));
      if (answer === "hang up" || answer === undefined) {
        request.socket.destroy();
        return;
      }
      if (answer.retryAfter !== undefined) response.setHeader("Retry-After", answer.retryAfter);
      response.statusCode = answer.status;
      response.end(JSON.stringify(answer.body));
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, bodies };
}

function clientOf(url: string, waits: number[], attemptsMax = 5): ReturnType<typeof createCollectorClient> {
  const onRetry = (_reason: string, waitMs: number): number => waits.push(waitMs);
  return createCollectorClient({ url, key: "demo", clock: () => 7, random: () => 0, attemptsMax, onRetry });
}

describe("the collector client", () => {
  it("sends the same batch again on 503, 429 and a lost connection, and keeps to Retry-After", async () => {
    const busy = { body: { code: "LOG_OVERLOADED", detail: "busy" }, retryAfter: "0" };
    const { url, bodies } = await serve([
      { status: 503, ...busy },
      { status: 429, ...busy },
      "hang up",
      { status: 200, body: accepted },
    ]);
    const waits: number[] = [];
    const receipts = await clientOf(url, waits)([{ eventId: "e" }]);
    expect(receipts).toEqual(accepted.receipts);
    expect(bodies).toEqual(Array.from({ length: 4 }, () => ({ key: "demo", sentAtMs: 7, events: [{ eventId: "e" }] })));
    expect(waits.slice(0, 2)).toEqual([0, 0]);
    expect(waits[2]).toBeGreaterThan(0);
  });

  it("gives up at once on a refusal, with the collector's own code", async () => {
    const { url, bodies } = await serve([{ status: 401, body: { code: "EVENT_KEY_INVALID", detail: "unknown key" } }]);
    const refusal = clientOf(url, [])([{ eventId: "e" }]);
    await expect(refusal).rejects.toMatchObject({
      code: "EVENT_KEY_INVALID",
      message: expect.stringMatching("unknown key"),
    });
    expect(bodies).toHaveLength(1);
  });

  it("does not take an answer without a receipt per event for a delivery", async () => {
    const { url } = await serve([{ status: 200, body: accepted }]);
    const delivery = clientOf(url, [])([{ eventId: "e" }, { eventId: "f" }]);
    await expect(delivery).rejects.toMatchObject({ code: "SERVER_UNAVAILABLE" });
  });

  it("says which server does not answer when its tries are used up", async () => {
    const { url } = await serve(["hang up", "hang up"]);
    const delivery = clientOf(url, [], 2)([{ eventId: "e" }]);
    await expect(delivery).rejects.toMatchObject({ code: "SERVER_UNAVAILABLE", message: expect.stringMatching(url) });
  });

  it("leaves no listener on the signal, however often it waits and asks", async () => {
    const busy = { status: 503, body: { code: "LOG_OVERLOADED", detail: "busy" }, retryAfter: "0" };
    const { url } = await serve([...Array.from({ length: 20 }, () => busy), { status: 200, body: accepted }]);
    const { signal } = new AbortController();
    const counts: number[] = [];
    const onRetry = (): number => counts.push(getEventListeners(signal, "abort").length);
    const options = { url, key: "demo", clock: () => 7, random: () => 0, attemptsMax: 30, onRetry, signal };
    await createCollectorClient(options)([{ eventId: "e" }]);
    expect(counts).toEqual(counts.map(() => 0));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
