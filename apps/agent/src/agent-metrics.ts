import { Counter, type Registry } from "@footfall/runtime";

export interface AgentMetrics {
  shipped(service: string, entries: number): void;
  notice(kind: string): void;
  scraped(job: string, isUp: boolean, samples: number, rejectedLines: number): void;
  received(signal: "logs" | "metrics", taken: number, rejected: number): void;
  overflow(signal: "logs" | "metrics"): void;
}

export function createAgentMetrics(registry: Registry): AgentMetrics {
  const registers = [registry];
  const entries = new Counter({
    name: "footfall_agent_log_entries_total",
    help: "Log entries read from files and appended to topic logs, by service of the configuration.",
    labelNames: ["service"],
    registers,
  });
  const notices = new Counter({
    name: "footfall_agent_file_notices_total",
    help: "What happened to log files: rotated, truncated, copied, cut lines, unreadable.",
    labelNames: ["kind"],
    registers,
  });
  const received = new Counter({
    name: "footfall_agent_otlp_items_total",
    help: "Log records and metric points received over OTLP, by signal and result: taken, rejected.",
    labelNames: ["signal", "result"],
    registers,
  });
  const overflow = new Counter({
    name: "footfall_agent_otlp_overflow_total",
    help: "Log records of services, and metric points of targets, for which there is no room (otlp of the agent's file).",
    labelNames: ["signal"],
    registers,
  });
  const scrapes = new Counter({
    name: "footfall_agent_scrapes_total",
    help: "Scrapes of metrics by job of the configuration and result: up, down.",
    labelNames: ["job", "result"],
    registers,
  });
  const samples = new Counter({
    name: "footfall_agent_samples_total",
    help: "Samples of scrapes by job and result: taken, rejected (lines that are none).",
    labelNames: ["job", "result"],
    registers,
  });
  return {
    scraped(job, isUp, taken, rejectedLines) {
      scrapes.inc({ job, result: isUp ? "up" : "down" });
      samples.inc({ job, result: "taken" }, taken);
      samples.inc({ job, result: "rejected" }, rejectedLines);
    },
    shipped: (service, count) => entries.inc({ service }, count),
    notice: (kind) => notices.inc({ kind }),
    overflow: (signal) => overflow.inc({ signal }),
    received(signal, taken, rejected) {
      received.inc({ signal, result: "taken" }, taken);
      received.inc({ signal, result: "rejected" }, rejected);
    },
  };
}
