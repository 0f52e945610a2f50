const hexValues = new Uint8Array(128);
for (let digit = 0; digit < 16; digit += 1) hexValues[digit.toString(16).charCodeAt(0)] = digit;

/** Where the eight digits of each word stand in a canonical UUID. */
const digitPlaces = Uint8Array.from(
  [..."xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"].flatMap((character, index) => (character === "x" ? [index] : [])),
);

/** Reads the 128 bits of a canonical lower-case UUID as four words, without allocating. */
export function readUuidWords(uuid: string, into: Int32Array): void {
  for (let word = 0; word < 4; word += 1) {
    let value = 0;
    for (let digit = word * 8; digit < word * 8 + 8; digit += 1) {
      value = (value << 4) | hexValues[uuid.charCodeAt(digitPlaces[digit]!) & 127]!;
    }
    into[word] = value;
  }
}

/** A hash of the four words at `at`, for tables of at most 2^31 slots. */
export function hashUuidWords(words: Int32Array, at: number): number {
  const left = words[at]! ^ Math.imul(words[at + 1]!, 0x85eb_ca6b);
  const right = words[at + 2]! ^ Math.imul(words[at + 3]!, 0xc2b2_ae35);
  const hash = Math.imul(left, 0xcc9e_2d51) ^ Math.imul(right, 0x1b87_3593);
  return hash ^ (hash >>> 15);
}
