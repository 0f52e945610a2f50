import { type AppName, Gauge, type Registry } from "@footfall/runtime";

/** Times are ms since the epoch; undefined where it has not happened yet. */
export interface ContactStatus {
  readonly contactAtMs: number | undefined;
  readonly readAtMs: number | undefined;
  readonly commitAtMs: number | undefined;
  /** Records that wait, over all partitions held; undefined while nobody can say. */
  readonly lag: number | undefined;
}

export interface ContactPlace {
  readonly registry: Registry;
  readonly app: AppName;
  /** What reads. */
  readonly reader: string;
}

type Labels = "app" | "reader";
type Shown = ReadonlyMap<Record<Labels, string>, () => ContactStatus>;

/** Readers by the registry that shows them: one process may run several apps. */
const shownIn = new WeakMap<Registry, Map<Record<Labels, string>, () => ContactStatus>>();

/**
 * Shows a reader's contact with its log. What is not known is absent, never 0.
 * @returns  takes it away again
 */
export function showContact({ registry, app, reader }: ContactPlace, status: () => ContactStatus): () => void {
  let shown = shownIn.get(registry);
  if (shown === undefined) {
    shownIn.set(registry, (shown = new Map()));
    registerGauges(registry, shown);
  }
  const labels = { app, reader };
  shown.set(labels, status);
  return () => void shown.delete(labels);
}

function registerGauges(registry: Registry, shown: Shown): void {
  const register = (noun: string, help: string, value: (status: ContactStatus) => number | undefined): void => {
    const gauge = new Gauge({
      name: `footfall_log_${noun}`,
      help,
      labelNames: ["app", "reader"],
      registers: [],
      collect() {
        this.reset();
        for (const [labels, status] of shown) {
          const known = value(status());
          if (known !== undefined) this.set(labels, known);
        }
      },
    });
    registry.registerMetric(gauge);
  };
  const seconds = (timeMs: number | undefined): number | undefined => timeMs && timeMs / 1000;
  register(
    "contact_timestamp_seconds",
    "When the log last answered this reader; absent where it never did.",
    ({ contactAtMs }) => seconds(contactAtMs),
  );
  register("read_timestamp_seconds", "When this reader last read records.", ({ readAtMs }) => seconds(readAtMs));
  register(
    "commit_timestamp_seconds",
    "When records that were read were last committed to the sink.",
    ({ commitAtMs }) => seconds(commitAtMs),
  );
  register("lag_records", "Records that wait for this reader; absent while the log cannot be asked.", ({ lag }) => lag);
}
