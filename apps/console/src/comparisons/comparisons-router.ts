import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { type Request, Router } from "express";
import { required, textParameter } from "../logs/read-parameters.ts";
import { securityHeaders } from "../security-headers.ts";
import { readMismatches } from "./read-mismatches.ts";

const defaultTopic = "mismatches";
/** Of a run and an outcome; documents are up to 16 K characters each. */
const mismatchesMax = 100;

/** What page `/comparisons` asks for: the runs of a topic of mismatches, and the mismatches of a run. */
export function comparisonsRouter(log: EventLog): Router {
  const router = Router();
  const answer = (path: string, read: (request: Request) => Promise<object>): void => {
    router.get(path, (request, response, next) => {
      response.set(securityHeaders).set("Cache-Control", "no-store");
      read(request).then((body) => response.json(body), next);
    });
  };
  answer("/console/comparisons.json", async (request) => {
    const topic = topicParameter(request);
    const found = await readMismatches(log, topic);
    return { topic, hasTopic: found !== undefined, runs: found?.runs ?? [], isCut: found?.isCut ?? false };
  });
  answer("/console/comparisons/mismatches.json", async (request) => {
    const topic = topicParameter(request);
    const runId = required("run", textParameter(request, "run"));
    const outcome = required("outcome", textParameter(request, "outcome"));
    const found = await readMismatches(log, topic);
    const mismatches = (found?.mismatches ?? []).filter((one) => one.runId === runId && one.outcome === outcome);
    return { total: mismatches.length, mismatches: mismatches.slice(0, mismatchesMax) };
  });
  return router;
}

function topicParameter(request: Request): string {
  const topic = textParameter(request, "topic") ?? defaultTopic;
  if (/^[\w.-]{1,249}$/.test(topic)) return topic;
  throw new AppError("REQUEST_INVALID", "Parameter topic must be the name of a topic.", {
    context: { field: "topic" },
  });
}
