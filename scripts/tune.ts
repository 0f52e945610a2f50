// Searches a model's parameters on a validation set, for as long as it is given. Trials are kept in the lake.
import { createHash } from "node:crypto";
import { AppError, systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { openModelStore, writeTunedParameters } from "@footfall/models";
import { storageFolders } from "@footfall/runtime";
import { defaultSimilarityParameters } from "@footfall/similarity";
import { defaultSessionBlend, type ModelName, type ModelParameters } from "@footfall/similarity/models";
import { type JudgedTrial, type ObjectiveName, objectives, tune } from "@footfall/trainer/tuning";
import { SingleBar } from "cli-progress";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  addClickSourceOptions,
  type ClickSource,
  type ClickSourceOptions,
  clickSourceOf,
  readClickSets,
} from "./evaluate/click-source.ts";
import { addParameter, checkParameters, modelNames } from "./evaluate/model-parameters.ts";
import { formatTable } from "./format-table.ts";
import { runProgram } from "./run-program.ts";

interface Options extends ClickSourceOptions {
  readonly model: ModelName;
  readonly param: ModelParameters;
  readonly objective: ObjectiveName;
  readonly minutes: number;
  readonly trials: number;
  readonly seed: number;
  readonly study?: string;
  readonly json: boolean;
}

const shownTrials = 5;

const program: Command = addClickSourceOptions(
  new Command("tune").description(
    "Searches the best parameters of a model; break it off and call it again to go on. Those of session-blend, searched " +
      "with --tenant, are kept: the shop's retrain takes them.",
  ),
)
  .addOption(new Option("--model <name>", "whose parameters").choices(modelNames).makeOptionMandatory())
  .option("--param <name=value>", "fixes a parameter, which is not searched then; may be repeated", addParameter, {})
  .addOption(
    new Option("--objective <name>", "what to make large").choices(Object.keys(objectives)).default("balanced"),
  )
  .option("--minutes <n>", "no trial begins later than this", positive, 10)
  .option("--trials <n>", "most trials of the study, earlier runs included", positive, 1000)
  .option("--seed <n>", "of the search", positive, 1)
  .option("--study <name>", "default: made of all the above but the time")
  .option("--json", "a JSON line per trial and one for the best", false)
  .action(async (options: Options) => {
    const source = clickSourceOf(options, program);
    checkParameters(options.model, options.param, program);
    const study = options.study ?? studyOf(options, source);
    const lake = await openLake({ root: storageFolders(options.storage).tables, clock: systemClock });
    try {
      const trials = await search(options, { source, study, lake });
      const [best] = trials;
      if (best === undefined) throw new AppError("MODEL_NO_DATA", "There was time for no trial; raise --minutes.");
      if ("tenant" in source && options.model === "session-blend") await keep(source, study, best);
      if (options.json) return console.log(JSON.stringify({ type: "best", study, ...best }));
      console.log(`Study ${study}: ${trials.length} trials, the best ${Math.min(shownTrials, trials.length)}:`);
      console.log(formatTable(trials.slice(0, shownTrials).map(readable)));
      const flags = Object.entries(best.parameters).map(([name, value]) => `--param ${name}=${value}`);
      console.log(`--model ${best.model} ${flags.join(" ")}`);
    } finally {
      await lake.close();
    }
  });

await runProgram(program);

/** For the shop's training runs. */
async function keep(
  { tenant, storage }: Extract<ClickSource, { tenant: string }>,
  study: string,
  { parameters, objective, value }: JudgedTrial,
): Promise<void> {
  const of = (names: object): object => Object.fromEntries(Object.keys(names).map((name) => [name, parameters[name]]));
  await writeTunedParameters(openModelStore(storageFolders(storage).models, tenant).folder, {
    parameters: of(defaultSimilarityParameters),
    blend: of(defaultSessionBlend),
    study,
    objective,
    value,
    tunedAtMs: systemClock(),
  });
}

/** @returns all trials of the study, best first */
async function search(
  options: Options,
  { source, study, lake }: { source: ClickSource; study: string; lake: Awaited<ReturnType<typeof openLake>> },
): Promise<JudgedTrial[]> {
  const { model, objective, seed, param, minutes, trials: trialsMax, json } = options;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const isTerminal = process.stdout.isTTY && !json;
  const bar = new SingleBar({
    format: "{bar} {time} of {total} min | {trials} trials | best {best}",
    hideCursor: true,
  });
  const startMs = systemClock();
  let best = -Infinity;
  const sets = readClickSets(source);
  const set = (await sets.next()).value;
  await sets.return();
  if (set === undefined) throw new AppError("MODEL_NO_DATA", "There are no clicks.");
  if (isTerminal) bar.start(minutes, 0, { time: "0.0", trials: 0, best: "none" });
  const trials = await tune({
    lake,
    study,
    model,
    fixed: param,
    set,
    objective,
    seed,
    trialsMax,
    clock: systemClock,
    durationMs: minutes * 60_000,
    signal: stop.signal,
    onTrial: (trial, number) => {
      best = Math.max(best, trial.value);
      const done = (systemClock() - startMs) / 60_000;
      const shown = { time: done.toFixed(1), trials: number + 1, best: best.toFixed(4) };
      if (isTerminal) bar.update(Math.min(minutes, done), shown);
      else console.log(JSON.stringify({ type: "trial", study, number, ...trial }));
    },
  });
  bar.stop();
  return [...trials].sort((a, b) => b.value - a.value);
}

function readable({ value, metrics, seconds, parameters }: JudgedTrial): Record<string, string> {
  const { all, novel } = metrics;
  return {
    value: value.toFixed(4),
    "HR@20": all.hr.toFixed(4),
    "MRR@20": all.mrr.toFixed(4),
    "novel HR@20": novel.hr.toFixed(4),
    "novel MRR@20": novel.mrr.toFixed(4),
    seconds: seconds.toFixed(1),
    parameters: Object.entries(parameters)
      .map(([name, setting]) => `${name}=${setting}`)
      .join("\n"),
  };
}

function studyOf({ model, objective, seed, param }: Options, source: ClickSource): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([model, objective, seed, param, source]))
    .digest("hex");
  return `${model}-${hash.slice(0, 8)}`;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("Not a number > 0.");
  return value;
}
