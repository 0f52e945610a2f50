// All models on the public click logs at hand, and the tables of docs/accuracy.md made of them.
import { readFile, writeFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import type { EvaluationSet } from "@footfall/similarity/evaluation";
import { type ModelKind, modelKinds } from "@footfall/similarity/models";
import { readEvaluationSet } from "@footfall/trainer/evaluation";
import { rememberParts } from "@footfall/trainer/tuning";
import { Command } from "commander";
import { chosenWithout, servedModel, tryCandidates } from "./accuracy/leave-one-out.ts";
import { type PublicSet, publicSets } from "./accuracy/public-sets.ts";
import { distanceHead, distanceRow, figuresOf, type ModelFigures, setTable } from "./accuracy/tables.ts";
import { evaluateModel } from "./evaluate/evaluate-model.ts";
import { modelNames } from "./evaluate/model-parameters.ts";
import { runProgram } from "./run-program.ts";

const page = new URL("../docs/accuracy.md", import.meta.url);
const marks = { begin: "<!-- tables -->", end: "<!-- end of tables -->" };

const program = new Command("accuracy")
  .description(
    "Judges all models on the public click logs at hand, and the served one by parameters chosen without each.",
  )
  .option("--data <folder>", "of the data sets", process.env.FOOTFALL_DATA ?? "../shared/data")
  .option("--candidates <n>", "parameters of the served model that are tried", Number, 20)
  .option("--write", "puts the tables into docs/accuracy.md", false)
  .action(async ({ data, candidates, write }: { data: string; candidates: number; write: boolean }) => {
    const text = await makeTables(publicSets(data), candidates);
    if (write) await writeTables(text);
    else console.log(text);
  });

await runProgram(program);

async function makeTables(sets: readonly PublicSet[], candidateCount: number): Promise<string> {
  const validation: EvaluationSet[] = [];
  for (const { tuning } of sets) validation.push(await readEvaluationSet(tuning));
  const candidates = tryCandidates(validation, candidateCount);
  const tables: string[] = [];
  const shipped: string[] = [];
  const leftOut: string[] = [];
  for (const [at, { title, files }] of sets.entries()) {
    const set = await readEvaluationSet(files);
    const models = modelNames.map((model) => judgeAll(set, model, learnOnce(set)));
    tables.push(setTable(title, files, set, models));
    const { parameters } = chosenWithout(candidates, at);
    const chosen = figuresOf(servedModel, evaluateModel(set, { model: servedModel, params: parameters }));
    const others = models.filter(({ name }) => name !== servedModel);
    shipped.push(
      distanceRow(
        title,
        models.find(({ name }) => name === servedModel)!,
        others,
      ),
    );
    leftOut.push(distanceRow(title, chosen, others));
  }
  const day = new Date().toISOString().slice(0, 10);
  return [
    `Made by \`npm run accuracy -- --write\` on ${day}; times on one core of that machine.`,
    ...tables,
    `**What is served beside the best of each column.** \`${servedModel}\` as it is shipped:`,
    [...distanceHead, ...shipped].join("\n"),
    `The same with parameters chosen without the set: of ${candidateCount}, the best on the validation parts of the ` +
      "others by the mean of HR and MRR in both columns.",
    [...distanceHead, ...leftOut].join("\n"),
  ].join("\n\n");
}

let parts: { readonly set: EvaluationSet; readonly learn: ReturnType<typeof rememberParts> } | undefined;

/** Parts of blends are learnt once a set. */
function learnOnce(set: EvaluationSet): ReturnType<typeof rememberParts> {
  if (parts?.set !== set) parts = { set, learn: rememberParts() };
  return parts.learn;
}

function judgeAll(
  set: EvaluationSet,
  model: (typeof modelNames)[number],
  learnPart: ReturnType<typeof rememberParts>,
): ModelFigures {
  const { defaults }: ModelKind = modelKinds[model];
  process.stderr.write(`${model} `);
  return figuresOf(model, evaluateModel(set, { model, params: defaults, learnPart }));
}

async function writeTables(text: string): Promise<void> {
  const before = await readFile(page, "utf8");
  const [begin, end] = [before.indexOf(marks.begin), before.indexOf(marks.end)];
  if (begin < 0 || end < begin) {
    throw new AppError("INPUT_FORMAT_INVALID", `docs/accuracy.md has no ${marks.begin} … ${marks.end}.`);
  }
  await writeFile(page, `${before.slice(0, begin)}${marks.begin}\n\n${text}\n\n${before.slice(end)}`);
}
