import { Buffer } from "node:buffer";

/**
 * Turns keys into UTF-8 in memory of its own, without an allocation per key. Most keys are short and ASCII, and a loop
 * is quicker for them than a call into native code.
 */
export class KeyBytes {
  /** Valid until the next `encode`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(256);

  /** @returns how many bytes of `bytes` the key takes */
  encode(key: string): number {
    const { length } = key;
    if (length * 3 > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length * 3);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i);
      if (code > 0x7f) return bytes.write(key, 0, "utf8");
      bytes[i] = code;
    }
    return length;
  }
}
