// Learns every tenant's model anew from the lake and publishes it. Safe from cron: see the exit codes in --help.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AppError, type ErrorCode, errorCodeOf, systemClock } from "@footfall/base";
import { type LakeVersion, openLake } from "@footfall/lake";
import { type AccuracyMetrics, defaultSimilarityParameters, type SimilarityParameters } from "@footfall/similarity";
import { train, trainableTenants, type TrainingProgress, type TrainingReport, trainingStages } from "@footfall/trainer";
import { SingleBar } from "cli-progress";
import { Command, InvalidArgumentError } from "commander";
import { storageOption } from "./storage-option.ts";
import { tenantOption } from "./tenant-option.ts";

const exitCodes: Partial<Record<ErrorCode, number>> = {
  MODEL_NO_DATA: 3,
  MODEL_TRAINING_LOCKED: 4,
  MODEL_GATE_REFUSED: 5,
};

const parameterFlags: Readonly<Record<keyof SimilarityParameters, string>> = {
  neighborsMax: "neighbours kept per item",
  sessionItemsMax: "newest interactions of a session that count",
  sessionsPerItemMax: "newest sessions of an item that count",
  supportMin: "fewest sessions that a pair was seen in",
  llrMin: "smallest log-likelihood ratio of a pair; 0: none",
  alpha: "damping of the item's own frequency, 0 … 1",
  shrinkage: "sessions added to every frequency",
  popularityHalfLifeDays: "half-life of popularity, days",
};

interface RetrainFlags extends Partial<Record<keyof SimilarityParameters, number>> {
  readonly storage: string;
  readonly tenant?: string;
  readonly lakeVersion?: number;
  readonly json?: boolean;
  readonly force?: string;
}

function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("Not a number ≥ 0.");
  return value;
}

function parseFlags(): RetrainFlags {
  const command = new Command("retrain")
    .description("Learns item similarity from the lake, evaluates it, and publishes it to the recommender.")
    .addOption(storageOption())
    .addOption(tenantOption("one shop; default: every shop in the lake"))
    .option("--lake-version <n>", "version of the table sessions; default: the newest", readNumber)
    .option("--force <reason>", "publish whatever the gate says, and where nothing new was learnt; the reason is kept")
    .option("--json", "JSON lines, also on a terminal");
  for (const [name, meaning] of Object.entries(parameterFlags)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const standard = defaultSimilarityParameters[name as keyof SimilarityParameters];
    command.option(`--${flag} <n>`, `${meaning} (default: ${standard})`, readNumber);
  }
  command.addHelpText(
    "after",
    "\nExit codes: 0 published, or nothing new; 1 other failure; 3 no data; 4 another run holds the lock;\n" +
      "5 the model was refused: it is empty, or worse than the served one on sessions that neither has learnt from.\n" +
      "With several shops the first failure decides, and the others are still trained.",
  );
  return command.parse().opts<RetrainFlags>();
}

/** Progress as a bar on a terminal, as a line of JSON per stage elsewhere. */
function progressOf(
  tenant: string,
  isTerminal: boolean,
): { on: (progress: TrainingProgress) => void; end: () => void } {
  if (!isTerminal) {
    const on = ({ stage, share }: TrainingProgress): void => {
      if (share === 1) printJson({ type: "stage", tenant, stage });
    };
    return { on: onlyOnce(on), end: () => {} };
  }
  const bar = new SingleBar({ format: `${tenant} {bar} {stage}`, hideCursor: true, clearOnComplete: true });
  bar.start(trainingStages.length, 0, { stage: "" });
  return {
    on: ({ stage, share }) => bar.update(trainingStages.indexOf(stage) + share, { stage }),
    end: () => bar.stop(),
  };
}

function onlyOnce(on: (progress: TrainingProgress) => void): (progress: TrainingProgress) => void {
  const seen = new Set<string>();
  return (progress) => {
    if (progress.share < 1 || seen.has(progress.stage)) return;
    seen.add(progress.stage);
    on(progress);
  };
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function summarise(report: TrainingReport): string {
  const { sizes, metrics, gate, seconds, changes } = report;
  const accuracy = (column: AccuracyMetrics | undefined) =>
    column === undefined
      ? "none"
      : `HR ${column.hitRate.toFixed(4)}  MRR ${column.mrr.toFixed(4)}  NDCG ${column.ndcg.toFixed(4)}  ` +
        `coverage ${column.coverage.toFixed(3)}  (n ${column.n})`;
  const outcome = report.outcome === "published" ? "published" : "stays, there is nothing new";
  const judged =
    gate === undefined
      ? "not judged: no served model, or too few sessions newer than it"
      : `${gate.outcome} than ${gate.champion} by MRR@${gate.k} ${gate.challengerMrr.toFixed(4)} against ` +
        `${gate.championMrr.toFixed(4)} (difference ${gate.interval.map((bound) => bound.toFixed(4)).join(" to ")}, ` +
        `${gate.predictions} predictions in ${gate.sessions} sessions)`;
  const lines = [
    `Tenant ${report.tenant}: model ${report.modelVersion} ${outcome}, from lake version ${report.lakeVersion}`,
    `  learnt from    ${sizes.interactions} interactions, ${sizes.sessions} sessions`,
    `  gate           ${judged}`,
    `  holds          ${sizes.items} items, ${sizes.neighbors} neighbours, ${(report.bytes / 1e6).toFixed(1)} MB`,
    `  novel items@20 ${accuracy(metrics?.novel)}`,
    ...(changes === undefined ? [] : [`          before ${accuracy(changes.metricsBefore?.novel)}`]),
    `  all items@20   ${accuracy(metrics?.all)}`,
    ...(changes === undefined ? [] : [`          before ${accuracy(changes.metricsBefore?.all)}`]),
  ];
  if (changes === undefined) lines.push("  changes        the first model");
  else {
    lines.push(
      `  since ${changes.previousVersion}: ${changes.itemsNew} items new, ${changes.itemsGone} gone, ` +
        `${(100 * changes.neighborsChangedShare).toFixed(1)} % of the places in lists taken by another item`,
      ...changes.topMovers.map(
        ({ itemId, rankBefore, rankAfter }) => `    ${itemId}: popularity rank ${rankBefore ?? "none"} → ${rankAfter}`,
      ),
    );
  }
  if (report.deleted.length > 0) lines.push(`  deleted        ${report.deleted.join(", ")}`);
  lines.push(`  seconds        ${trainingStages.map((stage) => `${stage} ${seconds[stage].toFixed(2)}`).join(", ")}`);
  return `${lines.join("\n")}\n`;
}

async function retrain(flags: RetrainFlags): Promise<number> {
  const storage = resolve(flags.storage);
  const isTerminal = process.stdout.isTTY && flags.json !== true;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("stopped by SIGINT; the served model is unchanged")));
  process.once("SIGTERM", () => stop.abort(new Error("stopped by SIGTERM; the served model is unchanged")));
  if (!existsSync(`${storage}/tables`)) {
    process.stderr.write(
      `There is no lake in ${storage}. Name the storage folder with --storage. [LAKE_TABLE_UNKNOWN]\n`,
    );
    return exitCodes.MODEL_NO_DATA ?? 1;
  }
  const lake = await openLake({ root: `${storage}/tables`, clock: systemClock });
  let exitCode = 0;
  const fail = (error: unknown, tenant?: string): void => {
    const code = errorCodeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    if (isTerminal) process.stderr.write(`${tenant === undefined ? "" : `Tenant ${tenant}: `}${message} [${code}]\n`);
    else printJson({ type: "error", tenant, code, message });
    exitCode ||= exitCodes[code] ?? 1;
  };
  try {
    const tenants = (await trainableTenants(lake)).filter(
      (tenant) => flags.tenant === undefined || tenant === flags.tenant,
    );
    if (tenants.length === 0) {
      const whose = flags.tenant === undefined ? "" : ` of tenant ${flags.tenant}`;
      throw new AppError("MODEL_NO_DATA", `The lake in ${storage} has no sessions${whose} yet. Send or import events.`);
    }
    for (const tenant of tenants) {
      if (stop.signal.aborted) break;
      const progress = progressOf(tenant, isTerminal);
      try {
        const report = await train({
          lake,
          models: `${storage}/models`,
          tenant,
          parameters: Object.fromEntries(
            Object.keys(parameterFlags).flatMap((name) => {
              const value = flags[name as keyof SimilarityParameters];
              return value === undefined ? [] : [[name, value]];
            }),
          ),
          ...(flags.lakeVersion === undefined ? {} : { lakeVersion: flags.lakeVersion as LakeVersion }),
          ...(flags.force === undefined ? {} : { forcedBecause: flags.force }),
          clock: systemClock,
          onProgress: progress.on,
          signal: stop.signal,
        });
        progress.end();
        if (isTerminal) process.stdout.write(summarise(report));
        else printJson({ type: "report", ...report });
      } catch (error) {
        progress.end();
        fail(error, tenant);
      }
    }
  } catch (error) {
    fail(error);
  } finally {
    await lake.close();
  }
  return exitCode;
}

process.exitCode = await retrain(parseFlags());
