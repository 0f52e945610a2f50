import { useEffect, useRef, useState } from "../vendor/preact.js";
import { ask } from "../ask.js";
import { boundsOf } from "../time-range.js";

const intervalMs = 4_000;

/**
 * Alerts, silences, notices, rules and the history that the address asks for, anew every few seconds while the page is visible.
 * Polls never overlap. What was found stays when an answer fails.
 */
export function useAlerts({ time, alert }) {
  const [state, setState] = useState({ hasMonitor: true });
  const asking = useRef();
  const { range, from, to } = time;

  useEffect(() => {
    const stopping = new AbortController();
    let timer;
    const poll = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      const patch = await read({ time, alert }, stopping.signal);
      if (stopping.signal.aborted) return;
      setState((before) => ({ ...before, ...patch }));
      timer = setTimeout(next, intervalMs);
    };
    let running = Promise.resolve();
    const next = () => (running = running.then(poll));
    asking.current = next;
    void next();
    document.addEventListener("visibilitychange", next);
    return () => {
      stopping.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", next);
    };
  }, [range, from, to, alert]);

  return { ...state, refresh: () => asking.current() };
}

async function read({ time, alert }, signal) {
  const bounds = boundsOf(time, Date.now());
  try {
    const [active, { rules }, history, notices] = await Promise.all([
      ask("/alerts-api/alerts", {}, signal),
      ask("/alerts-api/rules", {}, signal),
      ask("/alerts-api/history", { ...bounds, alert }, signal),
      ask("/alerts-api/notices", {}, signal),
    ]);
    return {
      found: { ...active, rules, notices, history: { ...history, bounds } },
      problem: undefined,
      hasMonitor: true,
    };
  } catch (problem) {
    if (problem.status === 404) return { hasMonitor: false };
    return { problem };
  }
}
