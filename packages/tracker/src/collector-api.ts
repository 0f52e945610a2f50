import type { TransportAnswer } from "./retry-rule.ts";

/** Where events are posted. People give the address with a slash at its end, or whole. */
export function eventsUrl(endpoint: string): string {
  return `${endpoint.trim().replace(/\/*(v1\/events)?\/*$/, "")}/v1/events`;
}

/** What the shop's developer reads in the console, once a page. */
export function refusalLine(url: string, { status, detail = "" }: TransportAnswer): string {
  return `footfall: ${url} answered ${status}; events are kept. Check endpoint, key and origins. ${detail}`;
}

/** Receipts or problem, or whatever else another server wrote; of what is no JSON nothing. */
export function readAnswer(text: string): Partial<TransportAnswer> | undefined {
  try {
    return JSON.parse(text) as Partial<TransportAnswer>;
  } catch {
    return undefined;
  }
}
