// Looks at a shop's models and decides which one is served.
import { AppError, systemClock } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import {
  type ModelStore,
  openModelStore,
  type Publication,
  type StoredModel,
  tenantsWithModels,
} from "@footfall/models";
import type { AccuracyMetrics } from "@footfall/similarity";
import { compareModels } from "@footfall/trainer";
import { Command, Option } from "commander";
import { formatJson, formatTable, type TableRow } from "./format-table.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

interface Options {
  readonly storage: string;
  readonly tenant?: string;
  readonly json: boolean;
}

const reason = new Option("--reason <text>", "kept in the history");

const program = new Command("models")
  .description("Lists, compares and changes the models that the recommender serves.")
  .addOption(storageOption())
  .addOption(tenantOption("whose models; needed where several shops have some"))
  .option("--json", "print JSON instead of a table", false);

program
  .command("list")
  .description("models at hand, newest first")
  .action(async () => {
    const models = await store();
    const verdicts = new Map((await models.publications()).map((decided) => [decided.modelVersion, decided]));
    print((await models.list()).map((stored) => row(stored, verdicts.get(stored.manifest.modelVersion))));
  });

program
  .command("history")
  .description("what was decided about the models, when and why, oldest first")
  .action(async () => print((await (await store()).publications()).map(decision)));

program
  .command("show <version>")
  .description("where a model comes from, its parameters, sizes and figures; `current` for the served one")
  .action(async (version: string) => {
    const { manifest } = await readModel(await store(), version);
    console.log(program.opts<Options>().json ? formatJson(manifest) : JSON.stringify(manifest, undefined, 2));
  });

program
  .command("compare <before> <after>")
  .description("what the second does differently from the first; `current` for the served one")
  .action(async (before: string, after: string) => {
    const models = await store();
    const [first, second] = [await readModel(models, before), await readModel(models, after)];
    const changes = compareModels(first, second);
    if (program.opts<Options>().json) {
      return console.log(formatJson({ ...changes, metricsAfter: second.manifest.metrics }));
    }
    print([first, second].map(({ manifest }) => ({ model: manifest.modelVersion, ...figures(manifest) })));
    const share = (100 * changes.neighborsChangedShare).toFixed(1);
    console.log(`${changes.itemsNew} items new, ${changes.itemsGone} gone, ${share} % of the places in lists changed`);
    if (changes.topMovers.length > 0) print(changes.topMovers.map((move) => ({ ...move })));
  });

program
  .command("promote <version>")
  .description("serves this model from now on, within a second and without a restart")
  .addOption(reason)
  .action(async (version: string, { reason: said }: { reason?: string }) => {
    const { modelVersion, previous } = await (await store()).rollback(systemClock(), version, said);
    print([{ serving: modelVersion, before: previous }]);
  });

program
  .command("rollback")
  .description("serves the model again that was served before")
  .addOption(reason)
  .action(async ({ reason: said }: { reason?: string }) => {
    const { modelVersion, previous } = await (await store()).rollback(systemClock(), undefined, said);
    print([{ serving: modelVersion, before: previous }]);
  });

await runProgram(program);

async function store(): Promise<ModelStore> {
  const { storage, tenant } = program.opts<Options>();
  const { models } = storageFolders(storage);
  const tenants = await tenantsWithModels(models);
  if (tenants.length === 0) throw new AppError("MODEL_NOT_FOUND", `There are no models in ${models}. Retrain first.`);
  const only = tenant ?? (tenants.length === 1 ? tenants[0]! : undefined);
  if (only === undefined) return program.error(`Name a shop with --tenant: ${tenants.join(", ")}.`);
  if (!tenants.includes(only)) {
    throw new AppError("MODEL_NOT_FOUND", `Shop ${only} has no models; these have: ${tenants.join(", ")}.`);
  }
  return openModelStore(models, only);
}

async function readModel(models: ModelStore, version: string) {
  const named = version === "current" ? (await models.current())?.modelVersion : version;
  if (named === undefined) throw new AppError("MODEL_NOT_FOUND", "No model is served.");
  return models.read(named);
}

function row({ manifest, storedAtMs, isCurrent }: StoredModel, decided: Publication | undefined): TableRow {
  return {
    model: manifest.modelVersion,
    served: isCurrent ? "yes" : "",
    made: new Date(storedAtMs).toISOString(),
    decided: decided?.how ?? "",
    gate: decided?.gate?.outcome ?? "",
    lakeVersion: manifest.lakeVersion,
    ...figures(manifest),
    parent: manifest.parent,
  };
}

function decision({ atMs, modelVersion, how, previous, gate, reason: said }: Publication): TableRow {
  return {
    at: new Date(atMs).toISOString(),
    model: modelVersion,
    decided: how,
    before: previous,
    gate: gate?.outcome ?? "",
    "MRR@20 new": gate && Number(gate.challengerMrr.toFixed(4)),
    "MRR@20 before": gate && Number(gate.championMrr.toFixed(4)),
    predictions: gate?.predictions,
    reason: said ?? "",
  };
}

function figures({ sizes, metrics }: StoredModel["manifest"]): TableRow {
  return {
    items: sizes.items,
    sessions: sizes.sessions,
    ...accuracy("", metrics?.all),
    ...accuracy("novel ", metrics?.novel),
  };
}

function accuracy(column: string, metrics: AccuracyMetrics | undefined): TableRow {
  return {
    [`${column}HR@20`]: metrics && Number(metrics.hitRate.toFixed(4)),
    [`${column}MRR@20`]: metrics && Number(metrics.mrr.toFixed(4)),
  };
}

function print(rows: readonly TableRow[]): void {
  console.log(program.opts<Options>().json ? formatJson(rows) : formatTable(rows));
}
