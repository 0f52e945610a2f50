import { localTime } from "../times.js";

const pauseMinMs = 1_000;
const pauseMaxMs = 15_000;

/**
 * The live tail of a query. Whatever breaks it off, it goes on after the last line that it has; while the tab is hidden
 * it waits.
 * @param onChange  takes `state` (connecting, live, broken, hidden, ended) and `notice`, as they change
 * @param onEntries  takes lines, each once
 * @returns closes it
 */
export function openTail(q, onChange, onEntries) {
  let stream;
  let timer;
  /** The id of the last event; none before it was live. */
  let position = "";
  let failures = 0;
  let brokeAtMs;
  let missed = "";

  function connect() {
    disconnect();
    if (document.hidden) {
      onChange({ state: "hidden", notice: "It goes on after the last line when this tab is shown again." });
      return;
    }
    if (brokeAtMs === undefined) onChange({ state: "connecting", notice: "" });
    stream = new EventSource(`/console/logs/tail?${new URLSearchParams({ q, ...(position && { after: position }) })}`);
    const on = (name, act) =>
      stream.addEventListener(name, (event) => {
        act(JSON.parse(event.data));
        position = event.lastEventId || position;
      });
    on("live", onLive);
    on("entries", onEntries);
    on("skipped", ({ count }) => onChange({ notice: `${count} lines came too fast to be shown; search to see them.` }));
    on("missed", ({ reason }) => onChange({ notice: (missed = reason) }));
    on("dropped", ({ reason }) => {
      disconnect();
      onChange({ state: "ended", notice: reason });
    });
    stream.addEventListener("error", onBreak);
  }

  function onLive({ resumed }) {
    failures = 0;
    const when = brokeAtMs === undefined ? "" : `It broke off at ${localTime(brokeAtMs, false)}`;
    const whole = when && (resumed ? `${when}, and has gone on after its last line: none is missing.` : when);
    onChange({ state: "live", notice: missed || whole });
    brokeAtMs = undefined;
    missed = "";
  }

  function onBreak() {
    const isRefused = stream.readyState === EventSource.CLOSED && brokeAtMs === undefined && position === "";
    disconnect();
    if (isRefused) {
      onChange({ state: "ended", notice: "The live tail was refused; pause it and try again." });
      return;
    }
    brokeAtMs ??= Date.now();
    const notice = `The live tail broke off at ${localTime(brokeAtMs, false)}; trying again.`;
    onChange({ state: "broken", notice });
    // Many pages of a server that starts again shall not come at once.
    const pauseMs = Math.min(pauseMaxMs, pauseMinMs * 2 ** failures++) * (0.5 + Math.random() / 2);
    timer = setTimeout(connect, pauseMs);
  }

  function disconnect() {
    clearTimeout(timer);
    stream?.close();
  }

  document.addEventListener("visibilitychange", connect);
  connect();
  return () => {
    document.removeEventListener("visibilitychange", connect);
    disconnect();
  };
}
