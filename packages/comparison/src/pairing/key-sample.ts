/**
 * Which keys are judged: a share of them, by a hash of the key, so that both sides and every run choose the same ones.
 * It can only shrink, by halves.
 */
export class KeySample {
  #share: number;

  /** @param share  above 0, at most 1 */
  constructor(share: number) {
    this.#share = share;
  }

  get share(): number {
    return this.#share;
  }

  has(key: string): boolean {
    return this.#share === 1 || hashText(key) < this.#share * 2 ** 32;
  }

  halve(): void {
    this.#share /= 2;
  }
}

/** FNV-1a over UTF-16 units with the finish of MurmurHash3, so that low and high bits depend on all of the text. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
