import { setTimeout as delay } from "node:timers/promises";
import type { CollectorProcess } from "./collector-process.ts";

export interface PlayFaultOptions {
  readonly collector: CollectorProcess;
  /** Of the process that watches it. */
  readonly operatorUrl: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface ListedAlert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

const pollMs = 1_000;

/** The collector is slowed until its alert fires, then stopped until that one does, then started again. */
export async function playFault({ collector, operatorUrl, say, signal }: PlayFaultOptions): Promise<void> {
  const states = new Map<string, string>();
  const untilState = async (name: string, wanted: string): Promise<void> => {
    while (!signal.aborted && states.get(name) !== wanted) {
      await delay(pollMs, undefined, { signal }).catch(() => {});
      const now = await statesOf(operatorUrl);
      for (const [alert, state] of now) {
        if (states.get(alert) !== state) say(`alert: ${alert} ${state}`);
      }
      states.clear();
      for (const [alert, state] of now) states.set(alert, state);
    }
  };
  await untilState("CollectorSlow", "calm");
  say("fault: the collector is slowed");
  collector.slow();
  await untilState("CollectorSlow", "firing");
  say("fault: the collector is stopped");
  await collector.stop();
  await untilState("CollectorDown", "firing");
  if (signal.aborted) return;
  say("fault: the collector is started again");
  await collector.start();
  await untilState("CollectorSlow", "calm");
  await untilState("CollectorDown", "calm");
}

/** The state of each rule of the fault: calm, pending or firing. */
async function statesOf(operatorUrl: string): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`${operatorUrl}/alerts-api/alerts`);
  const { alerts } = (await response.json()) as { readonly alerts: readonly ListedAlert[] };
  const states = new Map([
    ["CollectorSlow", "calm"],
    ["CollectorDown", "calm"],
  ]);
  for (const { labels, state } of alerts) {
    const name = labels["alertname"];
    if (name !== undefined && states.has(name)) states.set(name, state);
  }
  return states;
}
