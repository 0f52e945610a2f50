import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import { boundsOf } from "../time-range.js";
import { ask } from "../ask.js";

const pageSize = 200;
/** More lines than this nobody reads; the browser would suffer. */
export const rowsMax = 2_000;

const nothing = { rows: [], next: undefined, isComplete: true, chart: undefined, problem: undefined, busy: true };

/**
 * The lines and counts that an address asks for. Lines of before stay, dimmed, until the new ones are there.
 * @param turn  another number asks anew
 */
export function useSearch({ q, order, time }, turn) {
  const [state, setState] = useState(nothing);
  const running = useRef();
  const { range, from, to } = time;
  const key = JSON.stringify([q, order, range, from, to, turn]);

  useEffect(() => {
    const stopping = new AbortController();
    running.current = { signal: stopping.signal, bounds: boundsOf(time, Date.now()) };
    setState((before) => ({ ...before, busy: true }));
    void search(stopping.signal, running.current.bounds);
    return () => stopping.abort();
  }, [key]);

  async function search(signal, bounds) {
    const counting = ask("/console/logs/histogram.json", { q, ...bounds }, signal).catch(() => undefined);
    try {
      const { entries, next, isComplete } = await ask(
        "/console/logs.json",
        { q, order, limit: pageSize, ...bounds },
        signal,
      );
      const chart = await counting;
      if (!signal.aborted)
        setState({ rows: entries, next, isComplete, chart, bounds, problem: undefined, busy: false, key });
    } catch (problem) {
      if (!signal.aborted) setState((before) => ({ ...before, problem, busy: false, key }));
    }
  }

  const more = useCallback(async () => {
    const { signal, bounds } = running.current;
    setState((before) => ({ ...before, busy: true }));
    try {
      const page = await ask(
        "/console/logs.json",
        { q, order, limit: pageSize, cursor: state.next, ...bounds },
        signal,
      );
      const { entries, next, isComplete } = page;
      setState((before) => ({ ...before, rows: united(before.rows, entries), next, isComplete, busy: false }));
    } catch (problem) {
      if (!signal.aborted) setState((before) => ({ ...before, problem, busy: false }));
    }
  }, [q, order, state.next]);

  /** Puts lines of the live tail on top, and counts anew up to now. */
  const add = useCallback(
    async (entries) => {
      const { signal, bounds } = running.current;
      const newest = [...entries].sort((a, b) => b.occurredAtMs - a.occurredAtMs);
      setState((before) => ({ ...before, rows: united(newest, before.rows).slice(0, rowsMax) }));
      bounds.to = Math.max(bounds.to, Date.now() + 1);
      const chart = await ask("/console/logs/histogram.json", { q, ...bounds }, signal).catch(() => undefined);
      if (chart && !signal.aborted) setState((before) => ({ ...before, chart }));
    },
    [q],
  );
  const isOld = state.key !== key;
  return {
    ...state,
    busy: state.busy || isOld,
    problem: isOld ? undefined : state.problem,
    more,
    add,
    boundsNow: () => running.current.bounds,
  };
}

/** Each line once. */
function united(first, second) {
  const ids = new Set(first.map(({ id }) => id));
  return [...first, ...second.filter(({ id }) => !ids.has(id))];
}
