import { basename } from "node:path";
import type { EvaluationSet } from "@footfall/similarity/evaluation";
import type { EvaluationFiles } from "@footfall/trainer/evaluation";
import type { EvaluationRow } from "../evaluate/evaluate-model.ts";

const listLength = 20;

/** A model by its two columns at the longest list. */
export interface ModelFigures {
  readonly name: string;
  readonly all: EvaluationRow;
  readonly novel: EvaluationRow;
}

export function figuresOf(name: string, rows: readonly EvaluationRow[]): ModelFigures {
  const at = (column: string): EvaluationRow => rows.find((row) => row.column === column && row.k === listLength)!;
  return { name, all: at("all"), novel: at("novel") };
}

/** What decides between models: HR and MRR in both columns. */
export function decisive({ all, novel }: ModelFigures): readonly number[] {
  return [all.hr, all.mrr, novel.hr, novel.mrr];
}

const head = [
  "| model | HR@20 | MRR@20 | novel HR@20 | novel MRR@20 | coverage | popularity | training, s | p90, µs |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
];

export function setTable(title: string, files: EvaluationFiles, set: EvaluationSet, models: readonly ModelFigures[]) {
  const [first] = models;
  const intro =
    `**${title}**: \`npm run evaluate -- ${flags(files)}\` (${count(set.train.items.length)} clicks to learn from, ` +
    `${count(first!.all.n)} predictions, ${count(first!.novel.n)} novel).`;
  const rows = models.map((figures) => {
    const { all } = figures;
    const cells = [
      ...decisive(figures).map(digits),
      all.coverage.toFixed(3),
      all.popularity.toFixed(3),
      all.trainSeconds.toFixed(1),
      all.microsPerQueryP90.toFixed(0),
    ];
    return `| ${figures.name} | ${cells.join(" | ")} |`;
  });
  return [intro, "", ...head, ...rows].join("\n");
}

/** How far a model is from the best figure of each column, and from the model that is best in all four together. */
export function distanceRow(title: string, judged: ModelFigures, models: readonly ModelFigures[]): string {
  const best = decisive(judged).map((_, at) => Math.max(...models.map((figures) => decisive(figures)[at]!)));
  const meanShare = (figures: ModelFigures): number =>
    decisive(figures).reduce((sum, value, at) => sum + value / best[at]!, 0) / best.length;
  const bestRow = models.reduce((a, b) => (meanShare(b) > meanShare(a) ? b : a));
  const cells = decisive(judged).map(
    (value, at) => `${digits(value)} of ${digits(best[at]!)}, ${percent(value / best[at]! - 1)}`,
  );
  return `| ${title} | ${cells.join(" | ")} | ${bestRow.name}, ${percent(meanShare(judged) / meanShare(bestRow) - 1)} |`;
}

export const distanceHead = [
  "| set | HR@20 | MRR@20 | novel HR@20 | novel MRR@20 | beside the best row, mean of the four |",
  "| --- | ---: | ---: | ---: | ---: | ---: |",
];

function flags(files: EvaluationFiles): string {
  const shown = (path: string): string => `…/${basename(path)}`;
  const which =
    "train" in files
      ? `--train ${shown(files.train)} --test ${shown(files.test)}`
      : `--split ${files.split} --file ${shown(files.file)}`;
  return `--format ${files.format} ${which}`;
}

function digits(value: number): string {
  return value.toFixed(4).replace(/^0/, "");
}

function percent(share: number): string {
  return `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
