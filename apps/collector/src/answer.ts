import type { IncomingMessage, ServerResponse } from "node:http";
import { problemOf } from "@footfall/runtime";

/** After a refusal this much of a body still under way is thrown away, so that the client gets to read the answer. */
const lingerBytesMax = 1_048_576;
const lingerMs = 1_000;

/** Answers 200 with receipts that are JSON already. */
export function sendReceipts(response: ServerResponse, receipts: string, origin: string | undefined): void {
  const body = `{"receipts":[${receipts}]}`;
  const headers = ["Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(body))];
  if (origin !== undefined) headers.push("Access-Control-Allow-Origin", origin, "Vary", "Origin");
  response.writeHead(200, headers);
  response.end(body);
}

/**
 * Answers with problem+json. Pages of every origin may read it: it holds no secret, and a tracker that cannot read
 * a refusal would take it for a broken line and try again for ever. A body not yet read ends the connection.
 * @returns the HTTP status
 */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  retryAfterSeconds: number,
): number {
  const problem = problemOf(error);
  if (response.headersSent || response.destroyed) return problem.status;
  const body = Buffer.from(JSON.stringify(problem));
  const headers: Record<string, string | number> = {
    "Content-Type": "application/problem+json",
    "Content-Length": body.length,
  };
  if (request.headers.origin !== undefined) {
    headers["Access-Control-Allow-Origin"] = request.headers.origin;
    headers["Access-Control-Expose-Headers"] = "Retry-After";
    headers["Vary"] = "Origin";
  }
  if (problem.status === 503 || problem.status === 429) headers["Retry-After"] = retryAfterSeconds;
  if (problem.code === "REQUEST_METHOD_NOT_ALLOWED") headers["Allow"] = "POST, OPTIONS";
  if (request.complete) {
    response.writeHead(problem.status, headers);
    response.end(body);
  } else {
    response.writeHead(problem.status, { ...headers, Connection: "close" });
    response.write(body);
    closeAfterLingering(request, response);
  }
  return problem.status;
}

/** Closing with unread bytes resets the connection, and a client still sending would never see the answer. */
function closeAfterLingering(request: IncomingMessage, response: ServerResponse): void {
  let droppedBytes = 0;
  const close = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, lingerMs);
  request.removeAllListeners("data");
  request.on("data", (chunk: Buffer) => {
    droppedBytes += chunk.length;
    if (droppedBytes > lingerBytesMax) close();
  });
  request.once("close", close);
  request.once("end", close);
  request.resume();
}
