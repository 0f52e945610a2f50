import { type ExactJson, isObject } from "./exact-json.ts";

/** The names of a JSON pointer (RFC 6901), unescaped: `/a~1b/0` → `["a/b", "0"]`; `""` is the whole document. */
export function pointerNames(pointer: string): readonly string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerOf(names: readonly (string | number)[]): string {
  return names.map((name) => `/${escaped(name)}`).join("");
}

function escaped(name: string | number): string {
  return typeof name === "number" ? String(name) : name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** `orderId` and `order.id` as people write them, or a pointer as it is: `/orderId`, `/order/id`. */
export function toPointer(text: string): string {
  return text.startsWith("/") ? text : `/${text.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll(".", "/")}`;
}

/** What a document holds at these names; undefined where it holds nothing. */
export function valueAt(document: ExactJson, names: readonly string[]): ExactJson | undefined {
  let value: ExactJson | undefined = document;
  for (const name of names) {
    if (Array.isArray(value)) value = /^\d+$/.test(name) ? value[Number(name)] : undefined;
    else if (isObject(value)) value = Object.hasOwn(value, name) ? value[name] : undefined;
    else return undefined;
  }
  return value;
}
