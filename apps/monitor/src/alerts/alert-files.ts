import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { type AlertRule, type NoticeSettings, parseNoticeSettings, parseRules } from "@footfall/metrics/alerts";
import { parse } from "yaml";

/** Who is told, and how. */
export interface NoticeFile extends Pick<NoticeSettings, "route" | "inhibitRules"> {
  /** Address that notices are posted to, by the receiver's name. */
  readonly webhooks: ReadonlyMap<string, string>;
}

/** @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem */
export async function readRuleFile(path: string): Promise<readonly AlertRule[]> {
  const parsed = parseRules(await readYaml(path));
  if ("problems" in parsed) throw invalid(path, parsed.problems);
  return parsed.rules;
}

/**
 * Reads `route` and `inhibit_rules` in Alertmanager's words, and `receivers: [{name, webhook_url}]`.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID
 */
export async function readNoticeFile(path: string): Promise<NoticeFile> {
  const { receivers, ...settings } = ((await readYaml(path)) ?? {}) as Record<string, unknown>;
  const parsed = parseNoticeSettings(settings);
  if ("problems" in parsed) throw invalid(path, parsed.problems);
  const webhooks = new Map<string, string>();
  for (const [index, receiver] of (Array.isArray(receivers) ? (receivers as unknown[]) : []).entries()) {
    const { name, webhook_url: url } = (receiver ?? {}) as Record<string, unknown>;
    if (typeof name !== "string" || typeof url !== "string" || !URL.canParse(url)) {
      throw invalid(path, [{ place: `receivers[${index}]`, message: "must have a name and a webhook_url" }]);
    }
    webhooks.set(name, url);
  }
  return { ...parsed, webhooks };
}

async function readYaml(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("INPUT_FILE_MISSING", `${path} cannot be read.`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new AppError("INPUT_FORMAT_INVALID", `${path} is not YAML: ${(cause as Error).message}`, { cause });
  }
}

function invalid(path: string, problems: readonly { readonly place: string; readonly message: string }[]): AppError {
  const lines = problems.map(({ place, message }) => `${place} ${message}`);
  return new AppError("INPUT_FORMAT_INVALID", `${path}:\n  ${lines.join("\n  ")}`);
}
