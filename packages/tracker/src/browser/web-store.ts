import { type KeyValueStore, memoryStore } from "../key-value-store.ts";

/**
 * localStorage or sessionStorage as a store. A guest in the shop's page: a full or forbidden storage is no reason to
 * throw, so what cannot be stored stays in memory.
 */
export function webStore(open: () => Storage): KeyValueStore {
  const overlay = memoryStore();
  let storage: Storage;
  try {
    storage = open();
    storage.getItem("");
  } catch {
    return overlay;
  }
  return {
    get: (key) => overlay.get(key) ?? storage.getItem(key),
    set(key, value) {
      overlay.remove(key);
      try {
        storage.setItem(key, value);
      } catch {
        storage.removeItem(key);
        overlay.set(key, value);
      }
    },
    remove(key) {
      overlay.remove(key);
      storage.removeItem(key);
    },
    keys: () => Object.keys(storage).concat(overlay.keys()),
  };
}

function writeCookie(key: string, value: string, ageSeconds: number): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${key}=${value}; path=/; samesite=lax; max-age=${ageSeconds}${secure}`;
}

function cookiePairs(): [string, string?][] {
  return document.cookie.split("; ").map((pair) => pair.split("=") as [string, string?]);
}

/** First-party cookies of one year, so that the shop's server can read the visitor id too. */
export function cookieStore(): KeyValueStore {
  return {
    get: (key) => cookiePairs().find(([name]) => name === key)?.[1] ?? null,
    set: (key, value) => writeCookie(key, value, 31_536_000),
    remove: (key) => writeCookie(key, "", 0),
    keys: () => cookiePairs().map(([name]) => name),
  };
}
