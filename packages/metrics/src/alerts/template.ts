import type { Labels } from "./label-matcher.ts";

const placeholder = /\{\{(.*?)\}\}/gs;
const labelForm = /^\s*\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)\s*$/;
const valueForm = /^\s*\$value\s*$/;

/** What a text has in braces that is neither `{{ $labels.name }}` nor `{{ $value }}`. */
export function unknownPlaceholders(text: string): string[] {
  return [...text.matchAll(placeholder)]
    .filter(([, inner]) => !labelForm.test(inner!) && !valueForm.test(inner!))
    .map(([whole]) => whole);
}

export function namesValue(text: string): boolean {
  return [...text.matchAll(placeholder)].some(([, inner]) => valueForm.test(inner!));
}

export function isTemplate(text: string): boolean {
  return text.includes("{{");
}

/** Fills in labels and value; a label that is not there is the empty text. */
export function fillTemplate(text: string, labels: Labels, value: number | undefined): string {
  return text.replaceAll(placeholder, (whole, inner: string) => {
    if (valueForm.test(inner)) return value === undefined ? "no data" : humanise(value);
    const name = labelForm.exec(inner)?.[1];
    return name === undefined ? whole : (labels[name] ?? "");
  });
}

/** Four digits that count, and a prefix from a thousand on: 0.01235, 12, 1.235k, 98.77M. */
export function humanise(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const prefixes = ["", "k", "M", "G", "T", "P", "E"];
  let scaled = Number(value.toPrecision(4));
  let place = 0;
  for (; Math.abs(scaled) >= 1000 && place < prefixes.length - 1; place += 1) scaled /= 1000;
  return `${Number(scaled.toPrecision(4))}${prefixes[place]}`;
}
