import { systemClock } from "@footfall/base";
import { startApp } from "@footfall/runtime";
import { trainerSettings } from "./config.ts";
import { createTrainer } from "./create-trainer.ts";
import { readSchedule } from "./schedule.ts";
import { trainShops } from "./train-shops.ts";

await startApp("trainer", trainerSettings, process.env, async ({ config, logger, registry, folders }) => {
  const { tables, models } = folders;
  const trainer = createTrainer({
    schedule: readSchedule(config.schedule, config.timeZone),
    run: (signal) => trainShops({ tables, models, clock: systemClock, signal }),
    clock: systemClock,
    logger,
    registry,
  });
  return [trainer];
});
