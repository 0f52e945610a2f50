import type { AttributeValue } from "./catalogue-item.ts";

const none = -1;

/**
 * One field of all items: a number per item that stands for its value, four bytes each, and the distinct values
 * beside. A value that no item has any more gives its number to the next new one, so prices that change all day do
 * not add up.
 */
export class ValueColumn {
  /** Item → number of its value; -1 where it has none. */
  #codes = new Int32Array(0).fill(none);
  readonly #codeByText = new Map<string, number>();
  readonly #keys: (string | undefined)[] = [];
  /** Code → the texts that a filter compares; several where the value is a list. */
  readonly texts: (readonly string[])[] = [];
  /** Code → the value as a number; NaN where it is none. */
  readonly numbers: number[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  /** Another one whenever a code stands for another value than before. */
  version = 0;

  get distinct(): number {
    return this.#codeByText.size;
  }

  codeOf(item: number): number {
    return item < this.#codes.length ? this.#codes[item]! : none;
  }

  set(item: number, value: AttributeValue | undefined): void {
    const before = this.codeOf(item);
    const code = value === undefined ? none : this.#intern(value);
    if (code === before) return;
    if (item >= this.#codes.length) this.#grow(item);
    this.#codes[item] = code;
    if (code !== none) this.#uses[code]! += 1;
    if (before !== none) this.#release(before);
  }

  #intern(value: AttributeValue): number {
    const texts = Array.isArray(value) ? value.map(String) : [String(value)];
    // A list of one is not the scalar where it is shown, but is where it is compared.
    const key = texts.length === 1 ? `=${texts[0]}` : JSON.stringify(texts);
    const known = this.#codeByText.get(key);
    if (known !== undefined) return known;
    const code = this.#free.pop() ?? this.texts.length;
    this.#codeByText.set(key, code);
    this.#keys[code] = key;
    this.texts[code] = texts;
    this.numbers[code] = texts.length === 1 && texts[0]!.trim() !== "" ? Number(texts[0]) : Number.NaN;
    this.#uses[code] = 0;
    this.version += 1;
    return code;
  }

  #release(code: number): void {
    this.#uses[code]! -= 1;
    if (this.#uses[code]! > 0) return;
    this.#codeByText.delete(this.#keys[code]!);
    this.#keys[code] = undefined;
    this.texts[code] = [];
    this.numbers[code] = Number.NaN;
    this.#free.push(code);
    this.version += 1;
  }

  #grow(item: number): void {
    const grown = new Int32Array(Math.max(1_024, item + 1, this.#codes.length * 2)).fill(none);
    grown.set(this.#codes);
    this.#codes = grown;
  }
}
