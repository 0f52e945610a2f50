import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { storageFolders } from "@footfall/runtime";
import type { EvaluationSet } from "@footfall/similarity/evaluation";
import {
  clickFileFormats,
  type ClickFileFormatName,
  type EvaluationFiles,
  evaluationSplits,
  type EvaluationSplitName,
  readEvaluationSets,
  readTenantEvaluationSet,
} from "@footfall/trainer/evaluation";
import { type Command, Option } from "commander";
import { storageOption } from "../storage-option.ts";
import { tenantOption } from "../tenant-option.ts";

export interface ClickSourceOptions {
  readonly train?: string;
  readonly test?: string;
  readonly file?: string;
  readonly split?: EvaluationSplitName;
  readonly format?: ClickFileFormatName;
  readonly tenant?: string;
  readonly storage: string;
}

/** Where clicks come from: files, or what a shop has in the lake. */
export type ClickSource = EvaluationFiles | { readonly tenant: string; readonly storage: string };

/** Options that name clicks, as `evaluate` and `tune` take them. */
export function addClickSourceOptions(command: Command): Command {
  return command
    .option("--train <file>", "clicks to learn from, as they are")
    .option("--test <file>", "clicks to predict, as they are")
    .option("--file <file>", "a whole click log, to be filtered and cut by --split")
    .addOption(new Option("--split <name>", "how to cut it").choices(Object.keys(evaluationSplits)))
    .addOption(new Option("--format <name>", "of the files").choices(Object.keys(clickFileFormats)))
    .addOption(tenantOption("instead of files: a shop in the lake, whose newest sessions are predicted"))
    .addOption(storageOption())
    .addHelpText("after", `\nFormats:\n${describe(clickFileFormats)}\n\nSplits:\n${describe(evaluationSplits)}`);
}

export function clickSourceOf(options: ClickSourceOptions, command: Command): ClickSource {
  const { format, train, test, file, split, tenant, storage } = options;
  const isFiles = train !== undefined || test !== undefined || file !== undefined;
  if (tenant !== undefined && !isFiles) return { tenant, storage };
  if (tenant !== undefined || format === undefined) {
    return command.error("Give --tenant, or --format with --train and --test, or with --file and --split.");
  }
  if (train !== undefined && test !== undefined && file === undefined) return { format, train, test };
  if (file !== undefined && split !== undefined && train === undefined) return { format, file, split };
  return command.error("Give --train and --test, or --file and --split.");
}

/** One set, or one for each slice of a split. */
export async function* readClickSets(source: ClickSource): AsyncGenerator<EvaluationSet, void> {
  if (!("tenant" in source)) return yield* readEvaluationSets(source);
  const lake = await openLake({ root: storageFolders(source.storage).tables, clock: systemClock });
  try {
    yield await readTenantEvaluationSet(lake, source.tenant);
  } finally {
    await lake.close();
  }
}

/** Lines `name: description` for help texts. */
export function describe(named: Readonly<Record<string, { readonly description: string }>>): string {
  return Object.entries(named)
    .map(([name, { description }]) => `  ${name}: ${description}`)
    .join("\n");
}
