import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "@footfall/base";
import express, { type Request, type Response, Router } from "express";

/** A query over months of windows takes its time. */
const timeoutMs = 60_000;
const passedHeaders = ["content-type", "cache-control", "x-content-type-options"] as const;

/**
 * Passes on what the pages of metrics and alerts ask to a monitor in another process, and its answers back.
 * @param monitorUrl  its operator's address, without a slash at the end
 */
export function monitorProxy(monitorUrl: string): Router {
  const router = Router();
  router.use(["/alerts-api", "/metrics-api"], express.raw({ type: () => true, limit: "16kb" }), (request, response) =>
    passOn(monitorUrl, request, response),
  );
  return router;
}

async function passOn(monitorUrl: string, request: Request, response: Response): Promise<void> {
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  const { method } = request;
  const body = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined;
  let answer: globalThis.Response;
  try {
    answer = await fetch(`${monitorUrl}${request.originalUrl}`, {
      method,
      headers: {
        ...(request.get("Content-Type") !== undefined && { "Content-Type": request.get("Content-Type")! }),
        ...siteOf(request),
      },
      ...(body && { body: new Uint8Array(body) }),
      redirect: "manual",
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (cause) {
    if (leaving.signal.aborted) return;
    const message = `The monitor at ${monitorUrl} does not answer; start it, or set FOOTFALL_CONSOLE_MONITOR_URL.`;
    throw new AppError("SERVER_UNAVAILABLE", message, { cause, retriable: true });
  }
  response.status(answer.status);
  for (const name of passedHeaders) {
    const value = answer.headers.get(name);
    if (value !== null) response.set(name, value);
  }
  if (!answer.body) {
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(answer.body as never), response).catch((error: unknown) => {
    // The answer has begun: there is nobody to tell, but whoever reads must not take a part for the whole.
    if (!leaving.signal.aborted) response.destroy(error as Error);
  });
}

/**
 * Whether a page of the console asks, or another site's in the name of who has it open: the monitor refuses changes by
 * others. It cannot compare an origin itself, whose host is the console's.
 */
function siteOf(request: Request): Readonly<Record<string, string>> {
  const site = request.get("Sec-Fetch-Site");
  if (site !== undefined) return { "Sec-Fetch-Site": site };
  const origin = request.get("Origin");
  if (origin === undefined) return {};
  const isOwn = URL.canParse(origin) && new URL(origin).host === request.get("Host");
  return { "Sec-Fetch-Site": isOwn ? "same-origin" : "cross-site" };
}
