import { Router } from "express";
import { alertsRoutes, type AlertsRoutesOptions } from "./alerts-routes.ts";
import { metricsRoutes } from "./metrics-routes.ts";

export interface MonitorRoutesOptions extends AlertsRoutesOptions {
  readonly tenant: string;
}

/** For the operator's pages: those of `alertsRoutes` and of `metricsRoutes`. */
export function monitorRoutes(options: MonitorRoutesOptions): Router {
  return Router().use(alertsRoutes(options)).use(metricsRoutes(options));
}
