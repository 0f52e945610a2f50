/** The page's address: time range of the history, and the name of the alert it is about. */
import { readTimeRange, timeRangeParameters } from "../time-range.js";

export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  const hasTime = ["range", "from", "to"].some((name) => parameters.has(name));
  return { time: hasTime ? readTimeRange(parameters) : { range: "24h" }, alert: parameters.get("alert") ?? "" };
}

export function writeAddress({ time, alert }) {
  const parameters = new URLSearchParams();
  const values = { ...timeRangeParameters(time), alert: alert || undefined };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, value);
  return `?${parameters}`;
}
