import { cutText, type MeanBounds, percent, type ShadowCounts } from "@footfall/comparison";
import type { ShadowReport } from "@footfall/reconciler";
import { formatTable } from "../format-table.ts";
import { terminalSafe } from "../topics/read-records.ts";

export interface AboutShadow {
  readonly runId: string;
  readonly left: string;
  readonly right: string;
  readonly seconds: number;
}

const exampleCharactersMax = 300;

/** The whole report as one line of JSON. */
export function jsonShadowReport(report: ShadowReport, about: AboutShadow): string {
  const examples = report.examples.map(({ left, right, ...mismatch }) => ({
    ...mismatch,
    left: { ...left, text: cutText(left?.text ?? "", exampleCharactersMax) },
    right: { ...right, text: cutText(right?.text ?? "", exampleCharactersMax) },
  }));
  return JSON.stringify({ ...about, ...report, examples });
}

/** The report as a person reads it: verdict, how alike the answers are, what went wrong, latency, examples. */
export function textShadowReport(report: ShadowReport, about: AboutShadow): string {
  const { counts, noise, models, bounds, examples } = report;
  const parts = [
    `${about.left} ↔ ${about.right}: ${report.verdict.toUpperCase()}\n  ${report.reasons.join("\n  ")}`,
    `Models: left ${modelsText(models.left)}; right ${modelsText(models.right)}`,
    ...(bounds
      ? [`Share of requests that one side alone answers, 95 %: ${percent(bounds.lower)} to ${percent(bounds.upper)}`]
      : []),
    formatTable(rankingRows(counts, noise)),
    formatTable(countRows(counts, noise)),
    formatTable(sideRows(counts)),
    ...reasonRows(counts),
    ...(examples.length > 0 ? [`Examples\n${examples.map(exampleText).join("\n")}`] : []),
    `${counts.requests} requests in ${about.seconds.toFixed(1)} s; run ${about.runId}`,
  ];
  return terminalSafe(parts.join("\n\n"));
}

function modelsText(models: readonly string[]): string {
  return models.length > 0 ? models.join(", ") : "none told";
}

function rankingRows(counts: ShadowCounts, noise: ShadowCounts | undefined) {
  const means = ({ overlap, rbo, tau }: ShadowCounts) => ({
    "overlap@1": overlap[1],
    "overlap@5": overlap[5],
    "overlap@10": overlap[10],
    "rank-biased overlap (p = 0.9)": rbo,
    "Kendall's τ of shared items": tau,
  });
  const floor = noise && means(noise);
  return Object.entries(means(counts)).map(([name, mean]) => ({
    mean: name,
    "left ↔ right": meanText(mean),
    ...(floor && { "left ↔ itself": meanText(floor[name as keyof typeof floor]) }),
  }));
}

function meanText(bounds: MeanBounds | undefined): string {
  if (!bounds) return "";
  const [mean, lower, upper] = [bounds.mean, bounds.lower, bounds.upper].map((value) => value.toFixed(4));
  return `${mean} (${lower} to ${upper})`;
}

function countRows(counts: ShadowCounts, noise: ShadowCounts | undefined) {
  const named = (of: ShadowCounts) => ({
    "rankings compared": of.compared,
    "… of them identical": of.identical,
    "one side alone answers, or refuses otherwise": of.onesided,
    "both empty": of.bothEmpty,
    "both refuse alike": of.bothRefused,
    "both failed: undecided": of.bothFailed,
  });
  const floor = noise && named(noise);
  return Object.entries(named(counts)).map(([name, requests]) => ({
    requests: name,
    "left ↔ right": requests,
    ...(floor && { "left ↔ itself": floor[name as keyof typeof floor] }),
  }));
}

function sideRows({ left, right }: ShadowCounts) {
  return Object.entries({ left, right }).map(([side, { answered, empty, refused, failed, latencyMs }]) => ({
    side,
    answered,
    "of them empty": empty,
    refused,
    failed,
    "p50 ms": latencyMs?.p50.toFixed(1) ?? "",
    "p99 ms": latencyMs?.p99.toFixed(1) ?? "",
  }));
}

function reasonRows({ left, right }: ShadowCounts): string[] {
  const rows = Object.entries({ left, right }).flatMap(([side, { reasons }]) =>
    Object.entries(reasons).map(([reason, requests]) => ({ side, "refused or failed": reason, requests })),
  );
  return rows.length > 0 ? [formatTable(rows)] : [];
}

function exampleText({ outcome, key, reason, differences, differenceCount }: ShadowReport["examples"][number]): string {
  const lines = [`  ${outcome}: ${key}`, `    ${reason}`];
  for (const { pointer, kind, left, right } of differences.slice(0, 5)) {
    lines.push(`    ${pointer} ${kind}: ${left ?? "nothing"} → ${right ?? "nothing"}`);
  }
  if (differenceCount > 5) lines.push(`    and ${differenceCount - 5} more`);
  return lines.join("\n");
}
