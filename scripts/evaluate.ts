// Judges models on public click logs by the protocol of the papers: docs/accuracy.md.
import type { EvaluationSet } from "@footfall/similarity/evaluation";
import { type ModelKind, modelKinds, type ModelName, type ModelParameters } from "@footfall/similarity/models";
import { Command, Option } from "commander";
import {
  addClickSourceOptions,
  type ClickSourceOptions,
  clickSourceOf,
  describe,
  readClickSets,
} from "./evaluate/click-source.ts";
import { evaluateModel, type EvaluationRow, listLengths } from "./evaluate/evaluate-model.ts";
import { addParameter, checkParameters, modelNames } from "./evaluate/model-parameters.ts";
import { formatTable } from "./format-table.ts";
import { runProgram } from "./run-program.ts";

interface Options extends ClickSourceOptions {
  readonly model: ModelName | "all";
  readonly param: ModelParameters;
  readonly compat: boolean;
  readonly json: boolean;
}

const wholeNumbers = new Set(["k", "n"]);
const costs = new Set(["trainSeconds", "microsPerQueryP50", "microsPerQueryP90"]);

const program: Command = addClickSourceOptions(
  new Command("evaluate").description("Trains models on one click log and judges them on another, click by click."),
)
  .addOption(new Option("--model <name>", "or all").choices([...modelNames, "all"]).default("all"))
  .option("--param <name=value>", "overrides a default of the model; may be repeated", addParameter, {})
  .option("--compat", "reproduces the quirks of the reference implementations", false)
  .option("--json", "one JSON line per model, column and length", false)
  .addHelpText("after", `\nModels:\n${describe(modelKinds)}`)
  .action(async (options: Options) => {
    const source = clickSourceOf(options, program);
    const names = options.model === "all" ? modelNames : [options.model];
    const planned = names.map((model) => ({ model, params: parametersOf(model, options) }));
    const rows = new Map<ModelName, EvaluationRow[][]>(names.map((model) => [model, []]));
    for await (const set of readClickSets(source)) {
      if (!options.json) console.log(describeSet(set));
      for (const { model, params } of planned)
        rows.get(model)!.push(evaluateModel(set, { model, params, isCompatible: options.compat }));
    }
    const means = [...rows.values()].flatMap(meanRows);
    if (options.json) for (const row of means) console.log(JSON.stringify(row));
    else console.log(formatTable(means.filter(({ k }) => k === listLengths.at(-1)).map(readable)));
  });

await runProgram(program);

/** Averages over the slices of a split, as the papers have it; predictions are added up. */
function meanRows(slices: readonly EvaluationRow[][]): EvaluationRow[] {
  return slices[0]!.map((row, at) => {
    const numbers = Object.keys(row).filter((name) => typeof row[name as keyof EvaluationRow] === "number");
    const means = numbers.map((name) => {
      const sum = slices.reduce((total, rows) => total + (rows[at]![name as keyof EvaluationRow] as number), 0);
      return [name, name === "n" ? sum : sum / slices.length];
    });
    return { ...row, ...(Object.fromEntries(means) as object) };
  });
}

function readable(row: EvaluationRow): Record<string, string | number> {
  const cells = Object.entries(row).flatMap(([name, value]) => {
    if (typeof value !== "number") return typeof value === "string" ? [[name, value]] : [];
    return [[name, wholeNumbers.has(name) ? value : value.toFixed(costs.has(name) ? 1 : 4)]];
  });
  return Object.fromEntries(cells) as Record<string, string | number>;
}

function describeSet({ itemIds, train, test }: EvaluationSet): string {
  return (
    `${train.items.length} clicks, ${train.sessionCount} sessions and ${itemIds.length} items to learn from; ` +
    `${test.sessionCount} sessions to predict`
  );
}

/** The model's defaults, with what was set. With `all`, models take what they know. */
function parametersOf(model: ModelName, { param, compat, model: asked }: Options): ModelParameters {
  const { defaults }: ModelKind = modelKinds[model];
  const own = Object.entries(param).filter(([name]) => asked !== "all" || name in defaults);
  checkParameters(model, Object.fromEntries(own), program);
  const quirks = Object.keys(defaults).filter((name) => name.endsWith("isCompatible"));
  return { ...defaults, ...Object.fromEntries(own), ...Object.fromEntries(quirks.map((name) => [name, compat])) };
}
