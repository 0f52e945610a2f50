import {
  clickFileFormats,
  type ClickFileFormatName,
  type EvaluationFiles,
  evaluationSplits,
  type EvaluationSplitName,
} from "@footfall/trainer/evaluation";
import { type Command, Option } from "commander";

export interface ClickFileOptions {
  readonly train?: string;
  readonly test?: string;
  readonly file?: string;
  readonly split?: EvaluationSplitName;
  readonly format: ClickFileFormatName;
}

/** Options that name click logs, as `evaluate` and `tune` take them. */
export function addClickFileOptions(command: Command): Command {
  return command
    .option("--train <file>", "clicks to learn from, as they are")
    .option("--test <file>", "clicks to predict, as they are")
    .option("--file <file>", "a whole click log, to be filtered and cut by --split")
    .addOption(new Option("--split <name>", "how to cut it").choices(Object.keys(evaluationSplits)))
    .addOption(
      new Option("--format <name>", "of the files").choices(Object.keys(clickFileFormats)).makeOptionMandatory(),
    )
    .addHelpText("after", `\nFormats:\n${describe(clickFileFormats)}\n\nSplits:\n${describe(evaluationSplits)}`);
}

export function clickFilesOf(
  { format, train, test, file, split }: ClickFileOptions,
  command: Command,
): EvaluationFiles {
  if (train !== undefined && test !== undefined && file === undefined) return { format, train, test };
  if (file !== undefined && split !== undefined && train === undefined) return { format, file, split };
  return command.error("Give --train and --test, or --file and --split.");
}

/** Lines `name: description` for help texts. */
export function describe(named: Readonly<Record<string, { readonly description: string }>>): string {
  return Object.entries(named)
    .map(([name, { description }]) => `  ${name}: ${description}`)
    .join("\n");
}
