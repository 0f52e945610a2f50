/**
 * A query as the controls know it: `{ applied, name, matchers: [{ label, operator, value }], by }`. `by` is undefined
 * where each series stands by itself. The server alone says whether a query is right; one that this cannot read is
 * edited as text.
 */
const form = /^\s*(?:(\w+(?:\.\d+)?)\s*\(\s*)?([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*(\))?\s*(?:by\s*\(([^()]*)\))?\s*$/s;
const matcher = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/sy;

export function readQuery(text) {
  const [whole, applied = "last", name, inBraces = "", closed, by] = form.exec(text) ?? [];
  if (whole === undefined || (closed !== undefined) !== /^\s*\w+(?:\.\d+)?\s*\(/.test(text)) return undefined;
  const matchers = [];
  matcher.lastIndex = 0;
  while (matcher.lastIndex < inBraces.trimEnd().length) {
    const found = matcher.exec(inBraces);
    if (!found) return undefined;
    const [, label, operator, value] = found;
    matchers.push({ label, operator, value: unescaped(value) });
  }
  const labels = by?.split(",").map((label) => label.trim());
  return { applied, name, matchers, by: labels?.filter((label) => label !== "") };
}

export function writeQuery({ applied, name, matchers, by }) {
  const inBraces = matchers.map(({ label, operator, value }) => `${label}${operator}"${escaped(value)}"`).join(",");
  const call = `${applied}(${name}${inBraces && `{${inBraces}}`})`;
  return by === undefined ? call : `${call} by (${by.join(", ")})`;
}

/** What one wants to see first of a metric. */
export function firstQuery({ name, kind }) {
  if (kind === "histogram") return `p95(${name}) by (job)`;
  return kind === "counter" ? `rate(${name}) by (job)` : `last(${name})`;
}

function escaped(value) {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function unescaped(text) {
  return text.replaceAll(/\\([\\"n])/g, (_, character) => (character === "n" ? "\n" : character));
}
