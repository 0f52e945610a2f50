import { AppError, type Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import type { AlertRule } from "@footfall/metrics/alerts";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { json, type Request, Router } from "express";
import { activeAlerts, rulesWithState } from "./alerts/active-alerts.ts";
import type { NoticeFile } from "./alerts/alert-files.ts";
import { alertHistory } from "./alerts/alert-history.ts";
import { DeliveryAttempts } from "./alerts/delivery-attempts.ts";
import { noticeDeliveries } from "./alerts/notice-deliveries.ts";
import { readAlerts } from "./alerts/read-alerts.ts";
import { refuseOtherSites } from "./alerts/refuse-other-sites.ts";
import { addSilence, expireSilence, readSilences } from "./alerts/silences.ts";

export interface AlertsRoutesOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  /** Where alerts and silences are kept. */
  readonly folder: string;
  readonly rules: readonly AlertRule[];
  readonly notices?: Partial<NoticeFile>;
  /** What came of notices; absent where nobody is told. */
  readonly attempts?: DeliveryAttempts;
}

const SilenceBody = Type.Object({
  matchers: Type.Array(Type.String({ maxLength: 1_000 }), { maxItems: 50 }),
  /** How long it mutes from now on, ms. */
  durationMs: Type.Integer({ minimum: 1, maximum: 31_536_000_000 }),
  createdBy: Type.String({ maxLength: 200 }),
  comment: Type.String({ maxLength: 2_000 }),
});
const dayMs = 86_400_000;
const timeMax = 253_402_300_799_999;
const nameLengthMax = 500;

/**
 * For the page of alerts. Times are ms since 1970.
 *
 * - `GET /alerts-api/alerts`: `{alerts: [{fingerprint, state, labels, …, silencedBy, isInhibited, condition, related}],
 *   total, silences, windowEndMs, nowMs}`, the severest first, at most 500.
 * - `GET /alerts-api/rules`: `{rules: [{rule, name, group, labels, condition, state, firing, pending}], windowEndMs}`.
 * - `GET /alerts-api/history?from=…&to=…&alert=…` (default: the last day): `{incidents, isComplete}`, the newest 500.
 * - `GET /alerts-api/notices`: `{receivers: [{receiver, ways, takenAtMs, groups}], alertmanagers: [{url, takenAtMs,
 *   failed}], nowMs}`; see `noticeDeliveries`.
 * - `GET /alerts-api/silences`: `{silences}` that are not over.
 * - `POST /alerts-api/silences`: JSON `{matchers, durationMs, createdBy, comment}`; 201 with the silence.
 * - `DELETE /alerts-api/silences/:id`: ends it; 204.
 */
export function alertsRoutes({ lake, clock, folder, rules, notices, attempts }: AlertsRoutesOptions): Router {
  const router = Router();
  const options = { lake, folder, rules, inhibitRules: notices?.inhibitRules ?? [] };
  router.use("/alerts-api", (_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    next();
  });
  router.get("/alerts-api/alerts", async (_request, response) => {
    response.json(await activeAlerts(options, clock()));
  });
  router.get("/alerts-api/rules", async (_request, response) => {
    response.json(await rulesWithState(options, clock()));
  });
  router.get("/alerts-api/history", async ({ query }, response) => {
    const toMs = timeParameter(query, "to") ?? clock();
    const fromMs = timeParameter(query, "from") ?? Math.max(0, toMs - dayMs);
    if (fromMs >= toMs)
      throw new AppError("REQUEST_INVALID", "from must lie before to.", { context: { field: "from" } });
    const alertname = nameParameter(query);
    response.json(await alertHistory(options, { fromMs, toMs, ...(alertname !== undefined && { alertname }) }));
  });
  router.get("/alerts-api/notices", async (_request, response) => {
    const nowMs = clock();
    const { groups } = await readAlerts(folder, nowMs);
    response.json({ ...noticeDeliveries(groups, notices ?? {}, attempts ?? new DeliveryAttempts()), nowMs });
  });
  router.get("/alerts-api/silences", async (_request, response) => {
    response.json({ silences: await readSilences(folder, clock()) });
  });
  router.use("/alerts-api/silences", changesOfSilences(folder, clock));
  return router;
}

function changesOfSilences(folder: string, clock: Clock): Router {
  const router = Router();
  router.post(
    "/",
    refuseOtherSites,
    json({ limit: "16kb" }),
    async ({ body }: { readonly body: unknown }, response) => {
      if (!Value.Check(SilenceBody, body)) {
        throw new AppError(
          "REQUEST_INVALID",
          "The body must be JSON with matchers, durationMs (up to a year), createdBy and comment.",
        );
      }
      response.status(201).json(await addSilence(folder, silenceOf(body, clock())));
    },
  );
  router.delete("/:id", refuseOtherSites, ({ params }, response, next) => {
    expireSilence(folder, String(params["id"])).then(() => response.status(204).end(), next);
  });
  return router;
}

function silenceOf({ durationMs, ...silence }: Static<typeof SilenceBody>, nowMs: number) {
  return { ...silence, startsAtMs: nowMs, endsAtMs: nowMs + durationMs };
}

function timeParameter(query: Request["query"], field: string): number | undefined {
  const text = query[field];
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^\d{1,15}$/.test(text) && Number(text) <= timeMax) return Number(text);
  throw new AppError("REQUEST_INVALID", `${field} must be a time in milliseconds, once.`, { context: { field } });
}

function nameParameter({ alert }: Request["query"]): string | undefined {
  if (alert === undefined || alert === "") return undefined;
  if (typeof alert === "string" && alert.length <= nameLengthMax) return alert;
  throw new AppError("REQUEST_INVALID", "alert must be the name of an alert, once.", { context: { field: "alert" } });
}
