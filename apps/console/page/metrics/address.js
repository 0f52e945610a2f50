/** The page's address is its state: the query, none for the overview, and the time range. */
import { readTimeRange, timeRangeParameters } from "../time-range.js";

export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  return { query: parameters.get("query") ?? "", time: readTimeRange(parameters) };
}

export function writeAddress({ query, time }) {
  const values = { query: query || undefined, ...timeRangeParameters(time) };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return `?${new URLSearchParams(given)}`;
}
