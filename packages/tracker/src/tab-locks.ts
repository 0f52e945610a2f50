/**
 * Tells living tabs from dead ones, so that a dead tab's queue finds a new owner. In the browser: Web Locks, or a
 * heartbeat where there are none.
 */
export interface TabLocks {
  /** Says that this tab lives, until the returned function is called or the tab dies. */
  hold(tabId: string): () => void;
  /** Calls `takeOver` if that tab no longer lives; no other tab's `takeOver` for it runs at the same moment. */
  ifDead(tabId: string, takeOver: () => void): void;
}
