import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeRecommender {
  readonly url: string;
  readonly asked: { readonly path: string; readonly method: string; readonly key: unknown; readonly side: unknown }[];
  /** Most requests that were under way at a time. */
  readonly peak: () => number;
  close(): Promise<void>;
}

/** A server of `/recommendations` that answers as it is told. */
export async function startFakeRecommender(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeRecommender> {
  const asked: FakeRecommender["asked"] = [];
  let underWay = 0;
  let peak = 0;
  const server = createServer((request, response) => {
    peak = Math.max(peak, (underWay += 1));
    response.once("close", () => (underWay -= 1));
    const { url = "", method = "", headers } = request;
    asked.push({ path: url, method, key: headers["x-footfall-key"], side: headers["x-footfall-shadow"] });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    peak: () => peak,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answerItems(response: ServerResponse, items: string): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ modelVersion: "m", items: [...items].map((itemId) => ({ itemId, score: 1 })) }));
}
