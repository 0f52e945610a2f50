import { type KeyValueStore, storePrefix } from "../key-value-store.ts";
import type { TabLocks } from "../tab-locks.ts";

const heartbeatMs = 5_000;
/** Browsers slow the timers of hidden tabs down to one a minute. */
const heartbeatStaleMs = 150_000;

/** Web Locks: the browser itself lets go of a dead tab's lock. */
function webLocks(locks: LockManager): TabLocks {
  return {
    hold(tabId) {
      let letGo: (() => void) | undefined;
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      locks.request(storePrefix + tabId, () => held).catch(() => {});
      return () => letGo?.();
    },
    ifDead(tabId, takeOver) {
      locks.request(storePrefix + tabId, { ifAvailable: true }, (lock) => lock && takeOver()).catch(() => {});
    },
  };
}

const keyOf = (tabId: string) => `${storePrefix}alive.${tabId}`;

/** For pages without Web Locks (plain http, old browsers). Two tabs may take the same queue: the ids stay the same. */
function heartbeatLocks(store: KeyValueStore): TabLocks {
  return {
    hold(tabId) {
      const beat = () => store.set(keyOf(tabId), String(Date.now()));
      beat();
      const timer = setInterval(beat, heartbeatMs);
      return () => {
        clearInterval(timer);
        store.remove(keyOf(tabId));
      };
    },
    ifDead(tabId, takeOver) {
      if (Date.now() - Number(store.get(keyOf(tabId))) < heartbeatStaleMs) return;
      store.remove(keyOf(tabId));
      takeOver();
    },
  };
}

export function browserTabLocks(store: KeyValueStore): TabLocks {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? webLocks(locks) : heartbeatLocks(store);
}
