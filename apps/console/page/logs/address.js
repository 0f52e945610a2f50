/** The page's address is its state: query, order, time range, live, opened line and whether its surroundings show. */
import { readTimeRange, timeRangeParameters } from "../time-range.js";

export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  return {
    q: parameters.get("q") ?? "",
    order: parameters.get("order") === "oldest" ? "oldest" : "newest",
    time: readTimeRange(parameters),
    live: parameters.get("live") === "1",
    row: parameters.get("row") ?? "",
    around: parameters.get("around") === "1",
  };
}

export function writeAddress({ q, order, time, live, row, around }) {
  const parameters = new URLSearchParams();
  const values = {
    q: q || undefined,
    order: order === "oldest" ? order : undefined,
    ...timeRangeParameters(time),
    live: live ? "1" : undefined,
    row: row || undefined,
    around: around && row ? "1" : undefined,
  };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, value);
  return `?${parameters}`;
}
