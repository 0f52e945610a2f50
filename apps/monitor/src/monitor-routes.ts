import { AppError, type Clock } from "@footfall/base";
import type { Lake } from "@footfall/lake";
import { type AlertState, noAlerts } from "@footfall/metrics/alerts";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { json, Router } from "express";
import { alertsPath } from "./alerts/alert-store.ts";
import { readJson } from "./alerts/durable-json.ts";
import { addSilence, readSilences } from "./alerts/silences.ts";
import { metricsRoutes } from "./metrics-routes.ts";

export interface MonitorRoutesOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  /** Where alerts and silences are kept. */
  readonly folder: string;
  readonly tenant: string;
}

const SilenceBody = Type.Object({
  matchers: Type.Array(Type.String()),
  /** How long it mutes from now on, ms. */
  durationMs: Type.Integer({ minimum: 1, maximum: 31_536_000_000 }),
  createdBy: Type.String(),
  comment: Type.String(),
});

/**
 * For the operator's pages, with those of `metricsRoutes`:
 *
 * - `GET /alerts-api/alerts`: `{alerts: [{fingerprint, state, labels, …}], silences, windowEndMs}`.
 * - `POST /alerts-api/silences`: JSON `{matchers, durationMs, createdBy, comment}`; 201 with the silence.
 */
export function monitorRoutes({ lake, clock, folder, tenant }: MonitorRoutesOptions): Router {
  const router = Router();
  router.use(metricsRoutes({ lake, clock, tenant }));
  router.get("/alerts-api/alerts", async (_request, response) => {
    response.set("Cache-Control", "no-store").json(await readAlerts(folder, clock()));
  });
  router.post(
    "/alerts-api/silences",
    json({ limit: "16kb" }),
    async ({ body }: { readonly body: unknown }, response) => {
      if (!Value.Check(SilenceBody, body)) {
        throw new AppError(
          "REQUEST_INVALID",
          "The body must be JSON with matchers, durationMs, createdBy and comment.",
        );
      }
      response.status(201).json(await addSilence(folder, silenceOf(body, clock())));
    },
  );
  return router;
}

/** Alerts that are pending or fire, and silences, as the monitor has stored them. */
export async function readAlerts(folder: string, nowMs: number) {
  const stored = (await readJson(alertsPath(folder))) as { readonly state: AlertState } | undefined;
  const { alerts, windowEndMs } = stored?.state ?? noAlerts;
  const active = Object.entries(alerts).filter(([, { state }]) => state !== "calm");
  return {
    alerts: active.map(([fingerprint, alert]) => ({ fingerprint, ...alert })),
    silences: await readSilences(folder, nowMs),
    windowEndMs,
  };
}

function silenceOf({ durationMs, ...silence }: Static<typeof SilenceBody>, nowMs: number) {
  return { ...silence, startsAtMs: nowMs, endsAtMs: nowMs + durationMs };
}
