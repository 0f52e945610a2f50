import { cutText, type Mismatch, percent } from "@footfall/comparison";
import type { ReconcileResult } from "@footfall/reconciler";
import { formatJson, formatTable } from "../format-table.ts";
import { terminalSafe } from "../topics/read-records.ts";

export interface AboutRun {
  readonly runId: string;
  readonly left: string;
  readonly right: string;
  readonly seconds: number;
}

const exampleCharactersMax = 300;
const rowsMax = 40;

/** The whole report as one line of JSON; maps become objects. */
export function jsonReport({ report, examples }: ReconcileResult, about: AboutRun): string {
  const { tally, ...verdict } = report;
  const { kinds, fields, rulesUsed, unparsableReasons, ...counts } = tally;
  return formatJson({
    ...about,
    ...verdict,
    tally: {
      ...counts,
      kinds: Object.fromEntries(kinds),
      fields: [...fields.values()],
      rulesUsed: Object.fromEntries(rulesUsed),
      unparsableReasons: Object.fromEntries(unparsableReasons),
    },
    examples: examples.map(cutExample),
  });
}

/** The report as a person reads it: verdict, counts, what differs and where, examples, what was never seen. */
export function textReport({ report, examples }: ReconcileResult, about: AboutRun): string {
  const { tally } = report;
  const parts = [
    `${about.left} ↔ ${about.right}: ${report.verdict.toUpperCase()}\n  ${report.reasons.join("\n  ")}`,
    ...(report.bounds
      ? [
          `Share of keys that differ, 95 %: ${percent(report.bounds.lower)} to ${percent(report.bounds.upper)} (${report.bounds.method})`,
        ]
      : []),
    formatTable(countRows(report)),
    ...section("Differences by field", topRows([...tally.fields.values()].sort((a, b) => b.pairs - a.pairs))),
    ...section(
      "Schema",
      topRows(
        report.eventTypes.flatMap(({ eventType, schema }) =>
          schema.map((row) => ({ eventType, field: row.field, kind: row.kind, left: row.left, right: row.right })),
        ),
      ),
    ),
    ...section("Rules", ruleRows(report)),
    ...section(
      "Cannot be compared",
      [...tally.unparsableReasons].map(([reason, records]) => ({ reason, records })),
    ),
    ...section("Seen (what is not here is not proved)", topRows(coverageRows(report))),
    ...(examples.length > 0 ? [`Examples\n${examples.map(exampleText).join("\n")}`] : []),
    `${tally.pairs} pairs in ${about.seconds.toFixed(1)} s, at most ${Math.ceil(report.heldBytesPeak / 1024)} KB held; run ${about.runId}`,
  ];
  return terminalSafe(parts.join("\n\n"));
}

function countRows({ tally, sample, unsampledRecords }: ReconcileResult["report"]) {
  const { raw, afterRules, only, late, doubled, undecided, unparsable, repeats, superseded, records, outOfRange } =
    tally;
  const both = (sides: { left: number; right: number }) => ({ left: sides.left, right: sides.right });
  const rows = [
    { count: "records", ...both(records) },
    { count: "pairs equal as written", pairs: raw.equal },
    { count: "pairs different as written", pairs: raw.different },
    { count: "… of them equal by rule", pairs: afterRules.equalByRule },
    { count: "… different", pairs: afterRules.different },
    { count: "only on one side", ...both(only) },
    { count: "late", pairs: late },
    { count: "doubled", pairs: doubled, ...both(repeats) },
    { count: "undecided", ...both(undecided) },
    { count: "cannot be compared", ...both(unparsable) },
    { count: "older versions", ...both(superseded) },
    { count: "outside the range", ...both(outOfRange) },
    ...(sample < 1 ? [{ count: `not in the sample (${percent(sample)} of the keys)`, pairs: unsampledRecords }] : []),
  ];
  return rows.map(({ count, ...counts }) => ({ "": count, pairs: "", left: "", right: "", ...counts }));
}

function ruleRows({ tally, rulesUnused }: ReconcileResult["report"]) {
  const used = [...tally.rulesUsed].map(([rule, pairs]) => ({ rule, "pairs excused": pairs }));
  return [...used, ...rulesUnused.map((rule) => ({ rule, "pairs excused": 0 }))];
}

function coverageRows({ eventTypes }: ReconcileResult["report"]) {
  return eventTypes.flatMap(({ eventType, pairs, fields, isCut }) => [
    { eventType, field: isCut ? "(more fields than are noted)" : "", pairs, left: "", right: "" },
    ...fields.map(({ field, left, right, isIgnored }) => ({
      eventType: "",
      field: isIgnored ? `${field} (ignored)` : field,
      pairs: "",
      left,
      right,
    })),
  ]);
}

function section(title: string, rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.length > 0 ? [`${title}\n${formatTable(rows)}`] : [];
}

/** Rows that a terminal holds; `--json` has all. */
function topRows(rows: readonly object[]): Record<string, unknown>[] {
  return rows.slice(0, rowsMax).map((row) => ({ ...row }));
}

function exampleText({ outcome, key, eventType, reason, left, right, differences }: Mismatch): string {
  const lines = [`  ${outcome}: ${[eventType, key, reason].filter(Boolean).join(" ")}`];
  if (left) lines.push(`    left   ${left.place}${differences.length === 0 ? `  ${shownText(left.text)}` : ""}`);
  if (right) lines.push(`    right  ${right.place}${differences.length === 0 ? `  ${shownText(right.text)}` : ""}`);
  for (const difference of differences.slice(0, 5)) {
    const { pointer, kind } = difference;
    lines.push(`    ${pointer} ${kind}: ${difference.left ?? "nothing"} → ${difference.right ?? "nothing"}`);
  }
  return lines.join("\n");
}

function cutExample({ left, right, ...mismatch }: Mismatch) {
  return {
    ...mismatch,
    ...(left && { left: { ...left, text: shownText(left.text) } }),
    ...(right && { right: { ...right, text: shownText(right.text) } }),
  };
}

function shownText(text: string | null): string {
  return text === null ? "" : cutText(text, exampleCharactersMax);
}
