/** Levels from the least to the most severe; colours are of Wong's set, which the colour-blind tell apart. */
export const levels = ["unknown", "trace", "debug", "info", "warn", "error", "fatal"];

export const colours = {
  unknown: "#8a9994",
  trace: "#009e73",
  debug: "#56b4e9",
  info: "#0072b2",
  warn: "#e69f00",
  error: "#d55e00",
  fatal: "#cc79a7",
};
