// Runs a command once a day: `node deploy/nightly.mjs 03:00 <command…>`, the time in UTC. A run that fails is told and
// tried again the next night.
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";

const dayMs = 86_400_000;

/**
 * Time until a clock next shows `hh:mm` UTC; a whole day when it does now.
 * @param {number} nowMs since 1970
 * @param {string} time `hh:mm`
 * @returns {number} ms
 */
export function untilTimeMs(nowMs, time) {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined || minutes === undefined) throw new Error(`Not a time of the day (hh:mm): ${time}`);
  const timeOfDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return dayMs - ((((nowMs - timeOfDayMs) % dayMs) + dayMs) % dayMs);
}

/** @param {string} event @param {object} fields */
function tell(event, fields) {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), name: "nightly", msg: event, ...fields })}\n`,
  );
}

/** @param {string} time @param {readonly string[]} command */
function runNightly(time, [program, ...args]) {
  if (program === undefined) throw new Error("usage: nightly.mjs hh:mm command…");
  const waitMs = untilTimeMs(Date.now(), time);
  tell("waiting", { until: new Date(Date.now() + waitMs).toISOString() });
  let isStopping = false;
  let stopChild = () => {};
  const timer = setTimeout(() => {
    const child = spawn(program, args, { stdio: "inherit" });
    stopChild = () => void child.kill("SIGTERM");
    child.once("error", (error) => tell("cannot run", { error: error.message }));
    child.once("close", (exitCode, signal) => {
      tell("ended", { exitCode, signal });
      process.removeListener("SIGTERM", stop);
      process.removeListener("SIGINT", stop);
      if (!isStopping) runNightly(time, [program, ...args]);
    });
  }, waitMs);
  const stop = () => {
    isStopping = true;
    clearTimeout(timer);
    stopChild();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [time = "", ...command] = process.argv.slice(2);
  runNightly(time, command);
}
