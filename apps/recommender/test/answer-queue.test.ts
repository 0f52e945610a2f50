import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { RequestId } from "@footfall/base";
import type { RecommendationResponse } from "@footfall/similarity/serving";
import { AnswerQueue } from "../src/answer-queue.ts";

const result: RecommendationResponse = {
  requestId: "r" as RequestId,
  modelVersion: null,
  placement: "default",
  items: [],
};

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("requests that arrive together are all answered, each with its own answer", async () => {
  const written: string[] = [];
  const answers = new AnswerQueue(({ body }) => written.push(body));
  const server = createServer((request, response) => {
    response.writeHead(200);
    answers.add({ response, body: `answer to ${request.url}\n`, results: [result], startMs: 0 });
  });
  const port = await listen(server);
  const paths = Array.from({ length: 8 }, (_, at) => `/${at}`);
  const bodies = await Promise.all(paths.map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()));
  expect(bodies).toEqual(paths.map((path) => `answer to ${path}\n`));
  expect(written.toSorted()).toEqual(bodies);
});

test("a client that leaves before its answer is written takes no other answer with it", async () => {
  const answers = new AnswerQueue(() => undefined);
  const server = createServer((request, response) => {
    response.writeHead(200);
    answers.add({ response, body: "answered", results: [result], startMs: 0 });
    if (request.url === "/leaves") request.socket.destroy();
  });
  const port = await listen(server);
  const leaving = connect(port, "127.0.0.1");
  leaving.on("error", () => undefined);
  leaving.write("GET /leaves HTTP/1.1\r\nHost: shop\r\n\r\n");
  const [staying] = await Promise.all([fetch(`http://127.0.0.1:${port}/stays`), once(leaving, "close")]);
  expect(await staying.text()).toBe("answered");
});
