import type { Clock } from "@footfall/base";
import type { OtlpTarget } from "@footfall/metrics";
import type { Logger } from "@footfall/runtime";
import { asOtherServices, isServiceName, type LogEntry } from "@footfall/service-logs";
import { BoundedNames } from "./bounded-names.ts";

export interface OtlpSendersOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each entry, and of each point, that has no room. */
  readonly onOverflow: (signal: "logs" | "metrics") => void;
  /** Services of log entries, each a partition of table `logs` per day. Default 200. */
  readonly servicesMax?: number | undefined;
  /** Pairs of job and instance of metrics. Default 1000. */
  readonly targetsMax?: number | undefined;
}

/** Bounds who may be named by whoever reaches the port. */
export class OtlpSenders {
  readonly #options: OtlpSendersOptions;
  readonly #services: BoundedNames;
  readonly #targets: BoundedNames;
  readonly #warned = new Set<string>();

  constructor(options: OtlpSendersOptions) {
    this.#options = options;
    this.#services = new BoundedNames(options.servicesMax ?? 200, options.clock);
    this.#targets = new BoundedNames(options.targetsMax ?? 1_000, options.clock);
  }

  /** The entry, or where its service has no room, as one of `other_services` that says its service in an attribute. */
  placed(entry: LogEntry): LogEntry {
    const { service, instance } = entry;
    const short = { ...entry, instance: instance.slice(0, 256) };
    if (isServiceName(service) && this.#services.hasRoom(service)) return short;
    this.#overflow("logs", service);
    return asOtherServices(short);
  }

  /** Samples of several targets as one would be no series of any: where there is no room, they are refused. */
  hasRoom({ job, instance }: OtlpTarget): boolean {
    if (this.#targets.hasRoom(JSON.stringify([job, instance]))) return true;
    this.#overflow("metrics", `${job} ${instance}`);
    return false;
  }

  #overflow(signal: "logs" | "metrics", name: string): void {
    this.#options.onOverflow(signal);
    if (this.#warned.has(signal)) return;
    this.#warned.add(signal);
    const message = "senders of OTLP name more services than there is room for, or one that no folder can be called";
    this.#options.logger.warn({ signal, name: name.slice(0, 256) }, message);
  }
}
