import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface ProxiedRequest {
  readonly method: string;
  /** With the query, from the slash on. */
  readonly path: string;
  readonly body: string;
}

interface ProxiedAnswer {
  readonly status: number;
  readonly body: string;
}

type Forward = (body?: string) => Promise<ProxiedAnswer>;

/** What a test does to a request on its way: forward it, change it, answer in its place, or cut its connection. */
export type Interception = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedAnswer | "cut">;

export interface HttpProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** A loopback proxy before a server that speaks HTTP. */
export async function startHttpProxy(target: string, intercept: Interception): Promise<HttpProxy> {
  const server = createServer((incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      const { method = "GET", url: path = "/" } = incoming;
      const body = await textOf(incoming);
      const forward: Forward = async (changed = body) => {
        const headers = { "content-type": incoming.headers["content-type"] ?? "application/json" };
        const response = await fetch(target + path, { method, headers, ...(changed !== "" && { body: changed }) });
        return { status: response.status, body: await response.text() };
      };
      const given = await intercept({ method, path, body }, forward);
      if (given === "cut") return void incoming.socket.destroy();
      outgoing.writeHead(given.status, { "content-type": "application/json" }).end(given.body);
    };
    answer().catch((error: unknown) => incoming.socket.destroy(error as Error));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
