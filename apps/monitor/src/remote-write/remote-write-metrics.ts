import { Counter, Gauge, type Registry } from "@footfall/runtime";
import type { UndeliveredReason } from "./post-write-request.ts";

/** What became of samples; all but the first are not in the receiver because of us. */
export type SampleResult = "sent" | "refused" | "repeat" | "invalid" | "ahead";

export interface RemoteWriteMetrics {
  counted(result: SampleResult, samples: number): void;
  failed(reason: UndeliveredReason): void;
  succeeded(nowMs: number): void;
}

/** @param lagSeconds  asked whenever metrics are read */
export function createRemoteWriteMetrics(registry: Registry, lagSeconds: () => number): RemoteWriteMetrics {
  const registers = [registry];
  const samples = new Counter({
    name: "footfall_monitor_remote_write_samples_total",
    help:
      "Samples for the receiver of remote writes, by result: sent; refused by it for good; repeat of one that was just " +
      "sent; invalid names; ahead of the clock.",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["sent", "refused"]) samples.inc({ result }, 0);
  const errors = new Counter({
    name: "footfall_monitor_remote_write_errors_total",
    help: "Requests that were not taken and are sent again, by reason: network, overloaded (429), server (5xx), setting.",
    labelNames: ["reason"],
    registers,
  });
  const success = new Gauge({
    name: "footfall_monitor_remote_write_last_success_seconds",
    help: "When the receiver last took samples, seconds since the epoch; 0: never since the start.",
    registers,
  });
  const lag: Gauge = new Gauge({
    name: "footfall_monitor_remote_write_lag_seconds",
    help: "Age of the oldest sample that waits to be taken; 0 where none waits.",
    registers,
    collect: (): void => lag.set(lagSeconds()),
  });
  return {
    counted(result, count) {
      if (count > 0) samples.inc({ result }, count);
    },
    failed: (reason) => errors.inc({ reason }),
    succeeded: (nowMs) => success.set(nowMs / 1_000),
  };
}
