/** Labels of a series by name. */
export type Labels = Readonly<Record<string, string>>;

const labelPattern = /([^=,"]+)="((?:[^"\\]|\\.)*)"(?:,|$)/suy;

/** The labels as text, sorted by name: `code="500",path="/a\"b"`. Equal for equal labels only. Names hold no `=,"`. */
export function labelsText(labels: Labels): string {
  let text = "";
  for (const name of Object.keys(labels).sort()) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabel(labels[name]!)}"`;
  }
  return text;
}

/** What `labelsText` wrote; throws on other text. */
export function readLabels(text: string): Labels {
  const labels: [string, string][] = [];
  labelPattern.lastIndex = 0;
  while (labelPattern.lastIndex < text.length) {
    const at = labelPattern.lastIndex;
    const match = labelPattern.exec(text);
    if (!match) throw new SyntaxError(`no label at character ${at} of ${text}`);
    labels.push([match[1]!, unescapeLabel(match[2]!)]);
  }
  return Object.fromEntries(labels);
}

/** As the text format of metrics writes a label's value between its quotes. */
export function escapeLabel(value: string): string {
  if (!/[\\"\n]/u.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Undoes the three escapes of Prometheus' text; a backslash before another character stays. */
export function unescapeLabel(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replaceAll(/\\([\\"n])/gu, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
