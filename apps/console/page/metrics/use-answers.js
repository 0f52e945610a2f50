import { useEffect, useState } from "../vendor/preact.js";
import { ask } from "../ask.js";
import { boundsOf } from "../time-range.js";
import { steppedRange } from "./steps.js";

const seriesMax = 12;
const refreshMs = 10_000;

/**
 * What the server answers to queries, by query: `{ series, total, watermarkMs, fromMs, toMs, stepMs }`, or `problem` beside
 * what it answered before. A range that ends now is asked for anew while the page is visible; rounds never overlap.
 */
export function useAnswers(queries, time) {
  const [state, setState] = useState({ answers: new Map(), busy: true });
  const { range, from, to } = time;
  const key = JSON.stringify([queries, range, from, to]);
  useEffect(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    let timer;
    let isAsking = false;
    const round = async () => {
      clearTimeout(timer);
      isAsking = true;
      setState((before) => ({ ...before, busy: true }));
      const bounds = boundsOf(time, Date.now());
      const stepped = steppedRange(bounds);
      await Promise.all(
        queries.map(async (query) => {
          const answer = await answerOf(query, stepped, signal);
          if (signal.aborted) return;
          setState(({ answers, ...rest }) => {
            const kept = "problem" in answer ? answers.get(query) : undefined;
            return { ...rest, answers: new Map(answers).set(query, { ...kept, ...answer }) };
          });
        }),
      );
      isAsking = false;
      if (signal.aborted) return;
      setState(({ answers }) => {
        const wanted = [...answers].filter(([query]) => queries.includes(query));
        return { answers: new Map(wanted), bounds, busy: false, key };
      });
      plan(stepped.stepMs);
    };
    const plan = (stepMs) => {
      if (time.range === undefined || document.hidden) return;
      // Longer steps change more slowly.
      timer = setTimeout(round, Math.max(refreshMs, Math.min(stepMs, 6 * refreshMs)));
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (!document.hidden && time.range !== undefined && !isAsking) void round();
    };
    document.addEventListener("visibilitychange", onVisibility);
    void round();
    return () => {
      stopping.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [key]);
  return { ...state, isOld: state.key !== key };
}

async function answerOf(query, { fromMs, toMs, stepMs }, signal) {
  const parameters = { query, from: fromMs, to: toMs, step: stepMs / 1_000, limit: seriesMax };
  try {
    const { series, total, watermarkMs } = await ask("/metrics-api/query", parameters, signal);
    // A step that has not closed would show a part of its traffic as if it were all.
    const isClosed = ({ startMs }) => startMs + stepMs <= watermarkMs;
    const closed = series.map(({ labels, points }) => ({ labels, points: points.filter(isClosed) }));
    const shown = closed.filter(({ points }) => points.length > 0);
    return { series: shown, total, watermarkMs, fromMs, toMs, stepMs, problem: undefined };
  } catch (problem) {
    return { problem };
  }
}
