/**
 * Preloaded into a process, it makes the wall clock jump: by as many ms as the file says that CLOCK_SHIFT_FILE names.
 * Timers go on as they do when an administrator sets the clock of a machine.
 */
import { readFileSync } from "node:fs";

const lookEveryMs = 20;
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shiftMs);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};

setInterval(() => {
  try {
    shiftMs = Number(readFileSync(process.env.CLOCK_SHIFT_FILE, "utf8"));
  } catch {
    // not written yet
  }
}, lookEveryMs).unref();
