import { seededRandom } from "@footfall/base";
import type { Mismatch, Verdict } from "@footfall/comparison";
import { afterEach, describe, expect, it } from "vitest";
import { shadowRecommenders } from "../../src/index.ts";
import type { MismatchTopic, RunFigures } from "../../src/mismatch-topic.ts";
import { parseShadowRequest } from "../../src/shadow/shadow-request.ts";
import { answerItems, type FakeRecommender, startFakeRecommender } from "./fake-recommender.ts";

const servers: FakeRecommender[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(answer: Parameters<typeof startFakeRecommender>[0]): Promise<FakeRecommender> {
  const server = await startFakeRecommender(answer);
  servers.push(server);
  return server;
}

const limits = { overlapMin: 0.9, rboMin: 0.9, onesidedRateMax: 0, requestsMin: 1 };
const requestsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => parseShadowRequest(`/recommendations?key=shop&itemId=${at}`, "test"));

function run(
  left: FakeRecommender,
  right: FakeRecommender,
  options: Partial<Parameters<typeof shadowRecommenders>[0]>,
) {
  return shadowRecommenders({
    urls: { left: left.url, right: right.url },
    requests: requestsOf(60),
    limits,
    isNoiseMeasured: false,
    ratePerSecond: 100_000,
    concurrency: 4,
    timeoutMs: 5_000,
    clock: () => 7,
    random: seededRandom(1),
    examplesMax: 10,
    ...options,
  });
}

describe("a shadow run", () => {
  it("asks each side once for each request, in random order, with few under way", async () => {
    const order: string[] = [];
    const answer: Parameters<typeof startFakeRecommender>[0] = (request, response) => {
      order.push(String(request.headers["x-footfall-shadow"]));
      setImmediate(() => answerItems(response, "abc"));
    };
    const [left, right] = [await start(answer), await start(answer)];
    const report = await run(left, right, { concurrency: 3 });
    expect(report).toMatchObject({ exitCode: 0, counts: { requests: 60, identical: 60 }, models: { left: ["m"] } });
    for (const [side, server] of [
      ["left", left],
      ["right", right],
    ] as const) {
      expect(server.asked.map(({ path }) => path).sort()).toEqual(
        requestsOf(60)
          .map(({ path }) => path)
          .sort(),
      );
      expect(new Set(server.asked.map((asked) => [asked.method, asked.key, asked.side].join()))).toEqual(
        new Set([`GET,shop,${side}`]),
      );
    }
    expect(left.peak() + right.peak()).toBeLessThanOrEqual(6);
    const single = await run(left, right, { concurrency: 1, requests: requestsOf(40) });
    expect(single.exitCode).toBe(0);
    const firsts = order.slice(-80).filter((_, at) => at % 2 === 0);
    const leftFirst = firsts.filter((side) => side === "left").length;
    expect(leftFirst).toBeGreaterThan(8);
    expect(leftFirst).toBeLessThan(32);
  });

  it("keeps to its rate", async () => {
    const times: number[] = [];
    const left = await start((_, response) => {
      times.push(performance.now());
      answerItems(response, "a");
    });
    const right = await start((_, response) => answerItems(response, "a"));
    await run(left, right, { requests: requestsOf(20), ratePerSecond: 50, concurrency: 20 });
    // The last of 20 is due 380 ms after the first; a timer may be early by a millisecond, a server late by any time.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(200);
  });

  it("counts time-outs, errors and answers that are none, each a mismatch to an answer", async () => {
    const left = await start((_, response) => answerItems(response, "abc"));
    const wrong: Record<string, Parameters<typeof startFakeRecommender>[0]> = {
      "0": () => {},
      "1": (_, response) => void response.writeHead(503).end(),
      "2": (_, response) => void response.writeHead(200).end("<html>"),
      "3": (_, response) => void response.writeHead(302, { Location: left.url }).end(),
      "4": (request) => void request.socket.destroy(),
      "5": (_, response) => void response.writeHead(400).end('{"code":"REQUEST_INVALID"}'),
      "6": (_, response) => answerItems(response, ""),
      "7": (_, response) => void response.writeHead(200).end("x".repeat(2_000_000)),
      "8": (_, response) => void response.writeHead(200).end('{"items":[{"itemId":1}]}'),
      "9": (_, response) => answerItems(response, "cab"),
    };
    const right = await start((request, response) => {
      const id = /itemId=(\d+)/.exec(request.url ?? "")![1]!;
      (wrong[id] ?? ((_, to) => answerItems(to, "abc")))(request, response);
    });
    const written: Mismatch[] = [];
    const ends: (readonly [Verdict, RunFigures])[] = [];
    const mismatches: MismatchTopic = {
      add: (found) => void written.push(found),
      flush: async () => {},
      end: async (...end) => void ends.push(end),
      written: 0,
    };
    const report = await run(left, right, { timeoutMs: 1_000, mismatches });
    expect(report).toMatchObject({ exitCode: 1, counts: { requests: 60, compared: 51, identical: 50, onesided: 9 } });
    expect(ends).toMatchObject([[{ exitCode: 1 }, { requests: 60, identical: 50, "one side alone": 9 }]]);
    expect(report.counts.right).toMatchObject({ answered: 52, empty: 1, refused: 1, failed: 7 });
    expect(report.counts.right.reasons).toEqual({
      "time-out": 1,
      "503": 1,
      "302": 1,
      UND_ERR_SOCKET: 1,
      "400 REQUEST_INVALID": 1,
      "200 without items": 2,
      "an answer of more than 1048576 bytes": 1,
    });
    expect(written).toHaveLength(10);
    expect(written.find(({ key }) => key === "/recommendations?itemId=0")).toMatchObject({
      outcome: "only left",
      reason: "right: time-out",
      left: { timeMs: 7, place: `${left.url}/recommendations?itemId=0` },
      right: { text: null },
    });
    expect(written.find(({ key }) => key === "/recommendations?itemId=9")).toMatchObject({
      outcome: "different",
      differences: [{ pointer: "/items", kind: "order", left: '["a","b","c"]', right: '["c","a","b"]' }],
      differenceCount: 1,
    });
  });

  it("finds what the left side differs from itself, and blames nobody for it", async () => {
    let turn = 0;
    const restless = await start((_, response) => answerItems(response, (turn += 1) % 2 === 0 ? "abc" : "xyz"));
    const other = await start((_, response) => answerItems(response, "pqr"));
    const report = await run(restless, other, { isNoiseMeasured: true, concurrency: 1 });
    expect(restless.asked).toHaveLength(120);
    expect(report).toMatchObject({ exitCode: 2, noise: { requests: 60, identical: 0 }, counts: { identical: 0 } });
    expect(report.reasons[0]).toMatch(/^left against itself: overlap@10 is 0/);
  });

  it("ends where a side has gone, and does not call it different", async () => {
    const left = await start((_, response) => answerItems(response, "abc"));
    const right = await start((_, response) => answerItems(response, "abc"));
    await right.close();
    const report = await run(left, right, { requests: requestsOf(500) });
    expect(report).toMatchObject({ exitCode: 2, stopped: "right", verdict: "not enough" });
    expect(report.reasons).toEqual([
      expect.stringMatching(/the right side stopped answering: ECONNREFUSED \(2\d times\)/),
    ]);
    expect(report.counts.requests).toBeLessThan(30);
  });
});
