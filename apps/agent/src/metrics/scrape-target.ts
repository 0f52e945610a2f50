import { type MetricScrape, parseExposition } from "@footfall/metrics";
import type { ScrapeTarget } from "../agent-file.ts";

/** A longer answer is cut off: the target counts as down. */
const answerBytesMax = 16 * 1024 * 1024;
const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

export type Scraped = Pick<MetricScrape, "isUp" | "samples"> & {
  /** Lines of the answer that are no samples. */
  readonly rejectedLines: number;
  /** Why it is not up, or why the first lines are no samples. */
  readonly problem?: string;
};

/** Asks a target for its metrics. Whatever goes wrong is an answer too: the target is down. */
export async function scrapeTarget(url: string, timeoutMs: number): Promise<Scraped> {
  try {
    const response = await fetch(url, { headers: { Accept: accept }, signal: AbortSignal.timeout(timeoutMs) });
    const text = await textWithin(response, answerBytesMax);
    if (!response.ok) return down(`it answers ${response.status}`);
    const isOpenMetrics = response.headers.get("content-type")?.startsWith("application/openmetrics-text") === true;
    const { samples, rejectedLines, errors } = parseExposition(text, { isOpenMetrics });
    return { isUp: true, samples, rejectedLines, ...(errors[0] !== undefined && { problem: errors[0] }) };
  } catch (error) {
    const { message, cause } = error as Error;
    return down(cause instanceof Error ? `${message}: ${cause.message}` : message);
  }
}

/** `instance` of a target: its host and port where the configuration does not say. */
export function instanceOf({ url, instance }: ScrapeTarget): string {
  return instance ?? new URL(url).host;
}

function down(problem: string): Scraped {
  return { isUp: false, samples: [], rejectedLines: 0, problem };
}

async function textWithin(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
