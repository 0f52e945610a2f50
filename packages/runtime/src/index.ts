export {
  type AppName,
  appNames,
  type Config,
  describeConfig,
  operatorPortSetting,
  readConfig,
  type Setting,
  type Settings,
  setting,
  settingsAs,
  sharedSettings,
} from "./config.ts";
export { type RunningServer, type ServerOptions, startServer } from "./http-server.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export { type LogObserver, logObserver } from "./log-observer.ts";
export {
  Counter,
  createMetricsRegistry,
  durationBuckets,
  errorCounter,
  Gauge,
  Histogram,
  Registry,
} from "./metrics.ts";
export { allowsOrigin } from "./origins.ts";
export { grantedHeaders } from "./preflight.ts";
export type { OpenApiFragment } from "./open-api/open-api-document.ts";
export { type Problem, problemOf, sendProblem } from "./problem.ts";
export { replaceFile } from "./replace-file.ts";
export { runMain, type Running } from "./run-main.ts";
export type { HealthProblem, HotRoute, Service } from "./service.ts";
export { startApp } from "./start-app.ts";
export { type StorageFolders, storageFolders } from "./storage-folders.ts";
export { followWriteKeys, type FollowedWriteKeys } from "./follow-write-keys.ts";
export { measureStorage } from "./storage-metrics.ts";
export { openWriteKeys, pageKeyOf, readStoredWriteKeys, saveWriteKeys } from "./stored-keys.ts";
export { demoWriteKeys, readWriteKeys, type WriteKey, type WriteKeys } from "./write-keys.ts";
export { fileInvalid, readYamlFile } from "./yaml-file.ts";
export { variablesOf } from "./secret-file.ts";
