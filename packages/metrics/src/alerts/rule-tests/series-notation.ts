import type { Labels } from "../label-matcher.ts";

/** A sample an interval; undefined: none, because the series was not scraped or is stale. */
export type NotedValues = readonly (number | undefined)[];

const seriesForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?:\{(.*)\})?\s*$/s;
const labelForm = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gsy;

/** `up{job="collector", instance="a:1"}`; undefined: not that form. */
export function parseSeries(text: string): { readonly name: string; readonly labels: Labels } | undefined {
  const [, name, inner = ""] = seriesForm.exec(text.trim()) ?? [];
  if (name === undefined) return undefined;
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of inner.matchAll(labelForm)) {
    labels[match[1]!] = match[2]!.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
    end = match.index + match[0].length;
  }
  return inner.slice(end).trim() === "" ? { name, labels } : undefined;
}

const number = "[+-]?(?:\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|\\.\\d+|Inf)|NaN";
const itemForm = new RegExp(
  `^(?:(_|stale)(?:x(\\d+))?|(${number})(?:([+-])(\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?))?(?:x(\\d+))?)$`,
);

/** Samples a text may stand for. */
const valuesMax = 100_000;

/**
 * Prometheus' notation for tests: `1 2`, `0+10x5` (0 and five more, 10 apart), `5x3` (5 and three more), `_` and `_x3`
 * (no sample), `stale`. Undefined: not that form, or more than 100,000 samples.
 */
export function parseValues(text: string): NotedValues | undefined {
  const values: (number | undefined)[] = [];
  for (const item of text.split(/\s+/).filter(Boolean)) {
    const [whole, gap, gaps, first, sign, step = "0", times = "0"] = itemForm.exec(item) ?? [];
    if (whole === undefined) return undefined;
    const count = gap === undefined ? Number(times) + 1 : Number(gaps ?? 1);
    if (values.length + count > valuesMax) return undefined;
    const start = first === undefined ? undefined : Number(first.replace("Inf", "Infinity"));
    const by = sign === "-" ? -Number(step) : Number(step);
    for (let index = 0; index < count; index += 1) values.push(start === undefined ? undefined : start + index * by);
  }
  return values;
}
