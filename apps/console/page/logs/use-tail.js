import { useEffect, useState } from "../vendor/preact.js";
import { openTail } from "./open-tail.js";

const waitingMax = 500;
const quiet = { state: "off", waiting: [], count: 0, notice: "" };

/** New lines of a query while `isLive`, which wait until they are taken: nothing moves under the reader's eyes. */
export function useTail(q, isLive) {
  const [tail, setTail] = useState(quiet);

  useEffect(() => {
    setTail(quiet);
    if (!isLive) return undefined;
    const onChange = (patch) => setTail((before) => ({ ...before, ...patch }));
    const onEntries = (entries) =>
      setTail((before) => ({
        ...before,
        waiting: [...before.waiting, ...entries].slice(-waitingMax),
        count: before.count + entries.length,
      }));
    return openTail(q, onChange, onEntries);
  }, [q, isLive]);

  function take() {
    const { waiting } = tail;
    setTail((before) => ({ ...before, waiting: [], count: 0 }));
    return waiting;
  }
  return { ...tail, take };
}
