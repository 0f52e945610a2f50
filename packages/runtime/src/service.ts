import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "@footfall/base";
import type { Router } from "express";
import type { OpenApiFragment } from "./open-api/open-api-document.ts";

/**
 * What an app hands to the server: its routes, its health and how to stop it. One process may mount one service
 * (production) or all of them on one port (standalone); the service does not know.
 */
export interface Service {
  /** Agent noun, as in the app's folder: `collector`. */
  readonly name: string;
  /** Routes that are taken before Express, for their speed. At most a handful in the whole product. */
  readonly hotRoutes?: readonly HotRoute[];
  /** All other routes, mounted at `/`. */
  readonly router?: Router;
  /** Pages that show every shop: mounted at `/` of the operator's address only. */
  readonly operatorRouter?: Router;
  /** Its part of `/openapi.json`; absent where it has no API. */
  readonly openApi?: OpenApiFragment;
  /** What keeps the service from doing its work now; empty when it is ready. Must be cheap. */
  health(): readonly HealthProblem[];
  /**
   * What an operator should know of although the service does its work: shown by the operator's `/health`, never
   * unready. Cheap.
   */
  warnings?(): readonly HealthProblem[];
  /** What an operator may want to know besides, as JSON: shown by the operator's `/health`. Cheap. */
  details?(): Readonly<Record<string, unknown>>;
  /** Ends answers that would never end by themselves (live streams), so that the server can close. */
  endStreams?(): void;
  /**
   * Ends the service: work under way is finished, files are released. Called after the server took its last request.
   */
  stop(): Promise<void>;
}

export interface HealthProblem {
  readonly code: ErrorCode;
  /** What is wrong and what to do. */
  readonly message: string;
}

export interface HotRoute {
  /** Exact path, without query. */
  readonly path: string;
  /** Answers the request. Must not throw; a rejection becomes a 500 problem and is logged. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, query: string) => void | Promise<void>;
}
