import {
  type Mismatch,
  Reconciliation,
  type ReconciliationOptions,
  type ReconciliationReport,
} from "@footfall/comparison";
import type { MismatchTopic, RunFigures } from "./mismatch-topic.ts";
import type { RecordSource } from "./record-source.ts";

export interface ReconcileOptions extends ReconciliationOptions {
  readonly sources: readonly RecordSource[];
  readonly mismatches?: MismatchTopic;
  /** Mismatches that are shown, the first found of each outcome. */
  readonly examplesMax: number;
}

export interface ReconcileResult {
  readonly report: ReconciliationReport;
  readonly examples: readonly Mismatch[];
}

/**
 * Compares all records of both sides' sources. The source that is behind in event time is read next, so that what is
 * held depends on the window and not on how long the sides are.
 * @throws AppError  what the sources and the topic of mismatches throw
 */
export async function reconcile({
  sources,
  mismatches,
  examplesMax,
  ...options
}: ReconcileOptions): Promise<ReconcileResult> {
  const examples: Mismatch[] = [];
  const shownOf = new Map<string, number>();
  const reconciliation = new Reconciliation(options, (mismatch) => {
    mismatches?.add(mismatch);
    const shown = shownOf.get(mismatch.outcome) ?? 0;
    if (shown >= examplesMax) return;
    shownOf.set(mismatch.outcome, shown + 1);
    examples.push(mismatch);
  });
  const bySource = new Map(sources.map((source) => [sourceId(source), source]));
  for (const source of sources) reconciliation.openSource(source.side, source.name);
  try {
    for (let next = reconciliation.nextSource(); next; next = reconciliation.nextSource()) {
      const { side, source: name } = next;
      const records = await bySource.get(sourceId({ side, name }))!.next();
      if (records === undefined) reconciliation.endSource(side, name);
      else {
        for (const record of records) reconciliation.add(side, name, record);
        reconciliation.advance();
      }
      await mismatches?.flush();
    }
    const report = reconciliation.report();
    await mismatches?.end(report, figuresOf(report));
    return { report, examples };
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

function figuresOf({ tally }: ReconciliationReport): RunFigures {
  const { pairs, afterRules, records } = tally;
  return {
    pairs,
    equal: afterRules.equal,
    "equal by rule": afterRules.equalByRule,
    different: afterRules.different,
    "records left": records.left,
    "records right": records.right,
  };
}

function sourceId({ side, name }: { readonly side: string; readonly name: string }): string {
  return `${side} ${name}`;
}
