import type { Random } from "@footfall/base";
import type { ModelParameters } from "../models/recommender.ts";

/** What a parameter may be: one of some values, in their order, or a number between two, both included. */
export type ParameterRange =
  | { readonly values: readonly (number | string)[] }
  | { readonly from: number; readonly to: number; readonly scale: "linear" | "log"; readonly isWhole?: boolean };

/** The parameters that are searched; all others keep their defaults. */
export type ParameterSpace = Readonly<Record<string, ParameterRange>>;

/** A parameter set anywhere in the space. */
export function sampleParameters(space: ParameterSpace, random: Random): ModelParameters {
  return Object.fromEntries(Object.entries(space).map(([name, range]) => [name, sample(range, random)]));
}

/** A neighbour: one to three parameters moved a little. */
export function moveParameters(space: ParameterSpace, from: ModelParameters, random: Random): ModelParameters {
  const names = Object.keys(space);
  const moved = new Map<string, number | string>();
  const count = Math.min(names.length, 1 + Math.floor(random() * 3));
  while (moved.size < count) {
    const name = names[Math.floor(random() * names.length)]!;
    moved.set(name, move(space[name]!, from[name]!, random));
  }
  return { ...from, ...Object.fromEntries(moved) };
}

function sample(range: ParameterRange, random: Random): number | string {
  if ("values" in range) return range.values[Math.floor(random() * range.values.length)]!;
  return at(range, random());
}

/** Numbers move by up to a fifth of their range, mostly by little; values to one of the two next to them. */
function move(range: ParameterRange, value: ModelParameters[string], random: Random): number | string {
  if ("values" in range) {
    const index = range.values.indexOf(value as number | string);
    const step = random() < 0.5 ? -1 : 1;
    return range.values[index + step] ?? range.values[index - step] ?? range.values[0]!;
  }
  const share = shareOf(range, Number(value)) + (random() - 0.5) * 0.4 * random();
  return at(range, Math.min(1, Math.max(0, share)));
}

type NumberRange = Exclude<ParameterRange, { values: unknown }>;

/** The number at a share of the range, 0 … 1; four digits are enough and read better. */
function at({ from, to, scale, isWhole = false }: NumberRange, share: number): number {
  const value = scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
  return isWhole ? Math.round(value) : Number(value.toPrecision(4));
}

function shareOf({ from, to, scale }: NumberRange, value: number): number {
  return scale === "log" ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}
