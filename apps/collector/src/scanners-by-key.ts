import { EventScanner } from "@footfall/events";

/** Scanners kept at a time, some hundred kilobytes each at most. */
const scannersMax = 256;

/** A scanner for each write key in use; that of the key that has sent nothing for longest is forgotten. */
export class ScannersByKey {
  readonly #scanners = new Map<string, EventScanner>();
  #newest: string | undefined;

  of(key: string): EventScanner {
    let scanner = this.#scanners.get(key);
    if (scanner !== undefined && key === this.#newest) return scanner;
    this.#newest = key;
    // The map's order is that of use.
    this.#scanners.delete(key);
    this.#scanners.set(key, (scanner ??= new EventScanner()));
    if (this.#scanners.size > scannersMax) this.#scanners.delete(this.#scanners.keys().next().value!);
    return scanner;
  }
}
