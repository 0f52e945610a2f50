import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

const pendingCheckMs = 10;

/**
 * Has kafkajs 2.2.4 wait for a time that is not negative before it looks at its pending requests: it subtracts the
 * clock from -1 where a broker does not throttle it. Node has always taken that for 1 ms; Node 24 warns of it.
 */
export function installRequestQueueTimer(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(): void {
    if (this.throttleCheckTimeoutId) return;
    const throttledMs = this.throttledUntil - Date.now();
    const unthrottledMs = this.pending.length > 0 ? pendingCheckMs : 1;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : unthrottledMs,
    );
  };
}
