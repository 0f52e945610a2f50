import type { MetricSample } from "../metric-sample.ts";
import { unescapeLabel } from "../series.ts";

export interface LabelLimits {
  readonly labelsMax: number;
  /** Of a name, of metric or label, and of a value; UTF-16 units. */
  readonly labelLengthMax: number;
}

export interface SampleLine {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: MetricSample["value"];
}

const startPattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(\{)?/;
const labelPattern = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|(?=\}))/y;
/** Value, then perhaps a time stamp and an exemplar. */
const endPattern = /^[ \t]*(\S+)(?:[ \t]+[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)?[ \t]*(?:[ \t]#[ \t]*\{.*)?$/;
const numberPattern = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;

/** A sample line's parts; its time stamp and exemplar are left out. Throws `SyntaxError` on any other text. */
export function readSampleLine(line: string, limits: LabelLimits): SampleLine {
  const start = startPattern.exec(line);
  if (!start) throw new SyntaxError("no metric name");
  const name = start[1]!;
  if (name.length > limits.labelLengthMax) throw new SyntaxError("the name is too long");
  const labels: Record<string, string> = {};
  let at = start[0].length;
  if (start[2] !== undefined) at = readLabels(line, at, labels, limits);
  else if (!/[ \t]/.test(line[at - 1] ?? "")) throw new SyntaxError("no space after the name");
  const end = endPattern.exec(line.slice(at));
  if (!end) throw new SyntaxError("no value after the labels, or more than a time stamp after it");
  return { name, labels, value: readValue(end[1]!) };
}

/** Reads up to the closing brace and returns the place after it. */
function readLabels(line: string, from: number, labels: Record<string, string>, limits: LabelLimits): number {
  labelPattern.lastIndex = from;
  let at = from;
  let count = 0;
  for (let match = labelPattern.exec(line); match; match = labelPattern.exec(line)) {
    at = labelPattern.lastIndex;
    const [, name, text] = match as unknown as [string, string, string];
    const value = unescapeLabel(text);
    if ((count += 1) > limits.labelsMax) throw new SyntaxError("too many labels");
    if (Math.max(name.length, value.length) > limits.labelLengthMax) {
      throw new SyntaxError(`label ${name.slice(0, 40)} is too long`);
    }
    if (Object.hasOwn(labels, name)) throw new SyntaxError(`label ${name} is there twice`);
    Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
  }
  const brace = /^[ \t]*\}/.exec(line.slice(at));
  if (!brace) throw new SyntaxError(`no label or closing brace at character ${at + 1}`);
  // A label without a value is as good as none.
  for (const name of Object.keys(labels)) if (labels[name] === "") delete labels[name];
  return at + brace[0].length;
}

function readValue(text: string): MetricSample["value"] {
  if (numberPattern.test(text)) return jsonNumber(Number(text));
  switch (text.toLowerCase()) {
    case "nan":
      return "NaN";
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return "+Inf";
    case "-inf":
    case "-infinity":
      return "-Inf";
    default:
      throw new SyntaxError("the value is no number");
  }
}

/** A number as JSON can hold it. */
export function jsonNumber(value: number): MetricSample["value"] {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "+Inf" : "-Inf";
}

/** A bound or quantile in the one form that series are told apart by: `1.0` and `1` are one. */
export function boundText(bound: number | string): string {
  const number = Number(typeof bound === "string" ? bound.replace(/inf$/i, "Infinity") : bound);
  return Number.isNaN(number) ? String(bound) : String(jsonNumber(number));
}
