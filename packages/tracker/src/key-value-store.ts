/** What is kept between pages: localStorage, sessionStorage, cookies or memory. No method throws. */
export interface KeyValueStore {
  get(key: string): string | null;
  /** A store that is full or forbidden keeps the value in memory, for as long as the page lives. */
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
}

/** A store that ends with the page: for tests, and where the browser forbids the lasting ones. */
export function memoryStore(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => {
      values.set(key, value);
    },
    remove: (key) => {
      values.delete(key);
    },
    keys: () => [...values.keys()],
  };
}

/** Every key that the tracker owns in the shop's origin starts with this. */
export const storePrefix = "footfall.";
