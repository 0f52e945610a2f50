import { AppError } from "@footfall/base";
import { type Request, Router } from "express";
import { alertsRoutes, type AlertsRoutesOptions } from "./alerts-routes.ts";
import { queryMetrics } from "./windows/query-metrics.ts";

export interface MonitorRoutesOptions extends AlertsRoutesOptions {
  readonly tenant: string;
}

/**
 * For the operator's pages: those of `alertsRoutes`, and
 * `GET /metrics-api/query?query=…&from=…&to=…&step=…`: `{series: [{labels, points: [{startMs, value}]}]}`. Times in ms
 * (default: the last hour), the step in s (default 60).
 */
export function monitorRoutes(options: MonitorRoutesOptions): Router {
  const { lake, clock, tenant } = options;
  const router = Router();
  router.use(alertsRoutes(options));
  router.get("/metrics-api/query", async ({ query }, response) => {
    const endMs = numberOf(query, "to") ?? clock();
    const startMs = numberOf(query, "from") ?? endMs - 3_600_000;
    const stepMs = (numberOf(query, "step") ?? 60) * 1_000;
    const text = typeof query["query"] === "string" ? query["query"] : "";
    const series = await queryMetrics(lake, { text, tenant, startMs, endMs, stepMs });
    response.set("Cache-Control", "no-store").json({ series });
  });
  return router;
}

function numberOf(query: Request["query"], name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const number = typeof text === "string" && text !== "" ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw new AppError("REQUEST_INVALID", `${name} must be a number`);
  return number;
}
