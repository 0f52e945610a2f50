const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * A document of JSON as lines, each with the pointer of what it shows. Tokens stay as they were written, numbers
 * above all: parsing would make 1.5 of 1.50. What is no JSON, or was cut, is one line.
 * @returns {{ pointer: string, depth: number, text: string }[]}
 */
export function documentLines(text) {
  if (text === null) return [{ pointer: "", depth: 0, text: "a tombstone: no value" }];
  if (!isJson(text)) return [{ pointer: "", depth: 0, text }];
  const lines = [];
  const open = [];
  let line = { pointer: "", depth: 0, text: "" };
  const end = () => line.text !== "" && lines.push(line);
  const begin = () => {
    end();
    line = { pointer: pointerOf(open), depth: open.length, text: "" };
  };
  const tokens = text.match(token);
  tokens.forEach((part, index) => {
    const inner = open.at(-1);
    if (part === "}" || part === "]") {
      open.pop();
      begin();
      line.text = part;
    } else if (part === ",") {
      line.text += ",";
      if (inner.isList) inner.name = String(Number(inner.name) + 1);
    } else if (part === ":") {
      line.text += ": ";
    } else {
      const isName = tokens[index + 1] === ":";
      if (isName) inner.name = JSON.parse(part);
      if (isName || inner?.isList) begin();
      line.text += part;
      if (part === "{" || part === "[") open.push({ isList: part === "[", name: "0" });
    }
  });
  end();
  return lines;
}

function pointerOf(open) {
  return open.map(({ name }) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
