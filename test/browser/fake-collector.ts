import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClickEvent } from "@footfall/events";

export interface ReceivedRequest {
  readonly atMs: number;
  readonly contentType: string | undefined;
  readonly method: string | undefined;
  readonly body: { readonly key: string; readonly sentAtMs: number; readonly events: readonly ClickEvent[] };
}

export interface FakeCollector {
  readonly url: string;
  /** Requests to `/v1/events` with their bodies, preflights included. */
  readonly requests: ReceivedRequest[];
  /** Status codes for the next requests; then 200. With 503 goes `Retry-After: 1`. */
  readonly nextStatus: number[];
  /** Requests so far that were answered 200, by event id. */
  readonly stored: Map<string, ClickEvent>;
  close(): Promise<void>;
}

/** A collector on a port of its own, that also serves `pages` by path; what ends in `.js` as a script. */
export async function startFakeCollector(pages: Readonly<Record<string, string>>): Promise<FakeCollector> {
  const requests: ReceivedRequest[] = [];
  const nextStatus: number[] = [];
  const stored = new Map<string, ClickEvent>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const page = pages[path];
    if (path === "/v1/events") void collect(request, response);
    else if (page === undefined) response.writeHead(404).end();
    else {
      const type = path.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
      response.writeHead(200, { "content-type": type }).end(page);
    }
  });

  async function collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = (text === "" ? { key: "", sentAtMs: 0, events: [] } : JSON.parse(text)) as ReceivedRequest["body"];
    requests.push({
      atMs: Date.now(),
      contentType: request.headers["content-type"],
      method: request.method,
      body,
    });
    const status = nextStatus.shift() ?? 200;
    const cors = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };
    if (status === 200) for (const event of body.events) stored.set(event.eventId, event);
    response.writeHead(status, { ...cors, ...(status === 503 ? { "retry-after": "1" } : {}) });
    const receipts = body.events.map(({ eventId }) => ({ eventId, status: "accepted" }));
    response.end(status === 200 ? JSON.stringify({ receipts }) : "");
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    nextStatus,
    stored,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
