import { type AlertRule, type NoticeSettings, parseNoticeSettings, parseRules } from "@footfall/metrics/alerts";
import { fileInvalid, readYamlFile } from "@footfall/runtime";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Receiver } from "./receivers.ts";

/** Who is told, and how. Without a route no receiver is. */
export interface NoticeFile extends Partial<Pick<NoticeSettings, "route">>, Pick<NoticeSettings, "inhibitRules"> {
  /** By name. */
  readonly receivers: ReadonlyMap<string, Receiver>;
  /** Addresses of Alertmanagers that are told everything, whatever the route says. */
  readonly alertmanagers: readonly string[];
}

/**
 * Reads both files; an empty path is one that is not there.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem
 */
export async function readAlertFiles(files: { readonly rulesFile: string; readonly noticesFile: string }) {
  const { rulesFile, noticesFile } = files;
  return {
    rules: rulesFile === "" ? [] : await readRuleFile(rulesFile),
    ...(noticesFile !== "" && { notices: await readNoticeFile(noticesFile) }),
  };
}

/** @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem */
export async function readRuleFile(path: string): Promise<readonly AlertRule[]> {
  const parsed = parseRules(await readYamlFile(path));
  if ("problems" in parsed) throw fileInvalid(path, parsed.problems);
  return parsed.rules;
}

const Url = Type.String({ pattern: "^https?://" });
const ReceiversSchema = Type.Object({
  receivers: Type.Optional(
    Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          webhook_url: Type.Optional(Url),
          email: Type.Optional(
            Type.Object(
              {
                to: Type.String({ minLength: 3 }),
                from: Type.String({ minLength: 3 }),
                smtp_url: Type.String({ pattern: "^smtps?://" }),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  ),
  alertmanagers: Type.Optional(Type.Array(Url)),
});

/**
 * Reads `route` and `inhibit_rules` in Alertmanager's words, `receivers: [{name, webhook_url?, email?}]` and
 * `alertmanagers: [url]`. A file of Alertmanagers alone needs no route: theirs decide.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID
 */
export async function readNoticeFile(path: string): Promise<NoticeFile> {
  const { receivers, alertmanagers, ...settings } = ((await readYamlFile(path)) ?? {}) as Record<string, unknown>;
  const parsed = parseNoticeSettings(settings);
  const told = {
    ...(receivers !== undefined && { receivers }),
    ...(alertmanagers !== undefined && { alertmanagers }),
  };
  const faults = [...Value.Errors(ReceiversSchema, told)].map((fault) => ({
    place: fault.path.slice(1).replaceAll("/", "."),
    message: fault.message,
  }));
  if ("problems" in parsed) throw fileInvalid(path, [...parsed.problems, ...faults]);
  const isForAlertmanagers = isFilled(alertmanagers) && !isFilled(receivers);
  if (!parsed.route && !isForAlertmanagers) {
    faults.push({ place: "route", message: "is missing; only alertmanagers without receivers need none" });
  }
  if (faults.length > 0) throw fileInvalid(path, faults);
  const { receivers: listed = [], alertmanagers: urls = [] } = told as Static<typeof ReceiversSchema>;
  const byName = new Map<string, Receiver>();
  for (const { name, webhook_url: webhookUrl, email } of listed) {
    byName.set(name, {
      ...(webhookUrl !== undefined && { webhookUrl }),
      ...(email && { email: { to: email.to, from: email.from, smtpUrl: email.smtp_url } }),
    });
  }
  return { ...parsed, receivers: byName, alertmanagers: urls };
}

function isFilled(list: unknown): boolean {
  return list !== undefined && !(Array.isArray(list) && list.length === 0);
}
