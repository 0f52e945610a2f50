import type { Labels } from "./label-matcher.ts";

/** A text for bytes; equal bytes give equal texts. */
export type Hash = (bytes: Uint8Array) => string;

const encoder = new TextEncoder();

/**
 * The identity of labels in any order. With FNV-1a it is the fingerprint that Prometheus and Alertmanager give them
 * (`model.LabelSet.Fingerprint`); where somebody chooses the labels to make two alerts one, take SHA-256.
 */
export function fingerprint(labels: Labels, hash: Hash = fnv1a64): string {
  const parts: number[] = [];
  for (const name of Object.keys(labels).sort()) {
    parts.push(...encoder.encode(name), 0xff, ...encoder.encode(labels[name]!), 0xff);
  }
  return hash(Uint8Array.from(parts));
}

/** FNV-1a of 64 bits as 16 hexadecimal digits. In two halves, because BigInt costs ten times as much. */
export function fnv1a64(bytes: Uint8Array): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // The prime is 2^40 + 435.
    const product = low * 435;
    high = (high * 435 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
