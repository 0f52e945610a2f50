import { useEffect, useRef, useState } from "../vendor/preact.js";

const waitingMax = 500;
const quiet = { state: "off", waiting: [], count: 0, notice: "" };

/**
 * New lines of a query while `isLive`, which wait until they are taken: nothing moves under the reader's eyes. One
 * stream, closed while the tab is hidden.
 */
export function useTail(q, isLive) {
  const [tail, setTail] = useState(quiet);
  const source = useRef();

  useEffect(() => {
    setTail(quiet);
    if (!isLive) return undefined;
    const change = (patch) => setTail((before) => ({ ...before, ...patch }));
    const open = () => {
      source.current?.close();
      if (document.hidden) {
        change({ state: "hidden", notice: "Lines that came while this tab was hidden are found by searching." });
        return;
      }
      change({ state: "connecting" });
      source.current = listen(q, change, setTail);
    };
    open();
    document.addEventListener("visibilitychange", open);
    return () => {
      document.removeEventListener("visibilitychange", open);
      source.current?.close();
    };
  }, [q, isLive]);

  function take() {
    const { waiting } = tail;
    setTail((before) => ({ ...before, waiting: [], count: 0 }));
    return waiting;
  }
  return { ...tail, take };
}

function listen(q, change, setTail) {
  const stream = new EventSource(`/console/logs/tail?${new URLSearchParams({ q })}`);
  const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("live", () => change({ state: "live" }));
  on("entries", (entries) =>
    setTail((before) => ({
      ...before,
      waiting: [...before.waiting, ...entries].slice(-waitingMax),
      count: before.count + entries.length,
    })),
  );
  on("skipped", ({ count }) => change({ notice: `${count} lines came too fast to be shown; search to see them.` }));
  on("dropped", ({ reason }) => {
    stream.close();
    change({ state: "ended", notice: reason });
  });
  stream.addEventListener("error", () => {
    const isOver = stream.readyState === EventSource.CLOSED;
    change({
      state: isOver ? "ended" : "connecting",
      notice: isOver ? "The live tail was refused; pause it and try again." : "The live tail broke off; trying again.",
    });
  });
  return stream;
}
