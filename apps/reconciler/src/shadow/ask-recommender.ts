import type { Side, ShadowAnswer } from "@footfall/comparison";
import type { ShadowRequest } from "./shadow-request.ts";

/** What came back, with the text that a mismatch shows. */
export interface AskedAnswer {
  readonly answer: ShadowAnswer;
  /** Body of the answer; null where none came. */
  readonly text: string | null;
  readonly modelVersion?: string;
  readonly askedAtMs: number;
}

export interface AskOptions {
  /** Origin of the recommender, with the path before `/recommendations` where there is one. */
  readonly url: string;
  readonly side: Side;
  readonly request: ShadowRequest;
  readonly timeoutMs: number;
  readonly clock: () => number;
}

/** A hundred items with all their fields are a tenth of it. */
const answerBytesMax = 1024 * 1024;
/** Told by whoever must keep shadow traffic out of its figures. */
const shadowHeader = "x-footfall-shadow";
/** The side is too busy: no word on the request. */
const busy: ReadonlySet<number> = new Set([408, 429]);

/** Asks one recommender. Never throws: what goes wrong is an answer of the kind `failed`. */
export async function askRecommender({ url, side, request, timeoutMs, clock }: AskOptions): Promise<AskedAnswer> {
  const { path, key, body } = request;
  const askedAtMs = clock();
  const startMs = performance.now();
  try {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        [shadowHeader]: side,
        ...(key !== undefined && { "x-footfall-key": key }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readText(response);
    const latencyMs = performance.now() - startMs;
    return { askedAtMs, text, ...readAnswer(response.status, text, latencyMs) };
  } catch (error) {
    return { askedAtMs, text: null, answer: { kind: "failed", reason: reasonOf(error) } };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(status: number, text: string, latencyMs: number): Pick<AskedAnswer, "answer" | "modelVersion"> {
  const value = parseObject(text);
  if (status === 200) {
    const { items, modelVersion } = value;
    const ids = Array.isArray(items) ? items.map((item: { itemId?: unknown } | null) => item?.itemId) : [undefined];
    if (!ids.every((id) => typeof id === "string")) {
      return { answer: { kind: "failed", reason: "200 without items" } };
    }
    return {
      answer: { kind: "answered", items: ids, latencyMs },
      ...(typeof modelVersion === "string" && { modelVersion }),
    };
  }
  const reason = typeof value["code"] === "string" ? `${status} ${value["code"]}` : String(status);
  if (status < 400 || status >= 500 || busy.has(status)) return { answer: { kind: "failed", reason } };
  return { answer: { kind: "refused", reason, latencyMs } };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `fetch` says "fetch failed" and hides the reason in its cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
  return name === "TimeoutError" ? "time-out" : (cause?.code ?? message);
}
