/** Names and values; what tells one series, or one alert, from another. */
export type Labels = Readonly<Record<string, string>>;

/** As in Prometheus and Alertmanager; regular expressions match whole values, an absent label is the empty text. */
export interface LabelMatcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

const matcherForm = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))\s*$/;

/** Reads `severity=~"critical|warning"`; quotes may be left out. Undefined: not a matcher, or no regular expression. */
export function parseMatcher(text: string): LabelMatcher | undefined {
  const [, name, op, quoted, bare] = matcherForm.exec(text) ?? [];
  if (name === undefined) return undefined;
  const value = quoted?.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter)) ?? bare ?? "";
  const matcher = { name, op: op as LabelMatcher["op"], value };
  return isWellFormed(matcher) ? matcher : undefined;
}

/** Whether the labels meet every matcher. No matcher: all labels do. */
export function matchesLabels(matchers: readonly LabelMatcher[], labels: Labels): boolean {
  return matchers.every((matcher) => {
    const value = labels[matcher.name] ?? "";
    if (matcher.op === "=") return value === matcher.value;
    if (matcher.op === "!=") return value !== matcher.value;
    return wholeValue(matcher.value).test(value) === (matcher.op === "=~");
  });
}

function isWellFormed({ op, value }: LabelMatcher): boolean {
  if (op === "=" || op === "!=") return true;
  try {
    wholeValue(value);
    return true;
  } catch {
    return false;
  }
}

function wholeValue(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "su");
}
