import { operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

const { storageDir, host, operatorHost, operatorHostNames, logLevel } = sharedSettings;

/** Settings of the trainer as a process of its own. */
export const trainerSettings = {
  storageDir,
  host,
  operatorHost,
  operatorHostNames,
  logLevel,
  port: setting({
    variable: "FOOTFALL_TRAINER_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8100,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("trainer", 8102),
  schedule: setting({
    variable: "FOOTFALL_TRAINER_SCHEDULE",
    schema: Type.String({ minLength: 1 }),
    default: "0 3 * * *",
    unit: "cron",
    description:
      "When every shop's model is learnt anew: minute, hour, day, month, weekday, with a field for seconds before them " +
      "where one is needed. A run that is due while one is under way is left out.",
  }),
  timeZone: setting({
    variable: "FOOTFALL_TRAINER_TIME_ZONE",
    schema: Type.String({ minLength: 1 }),
    default: "UTC",
    unit: "zone",
    description: "Time zone of the schedule, as `Europe/Vienna`.",
  }),
} as const satisfies Settings;
