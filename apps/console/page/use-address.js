import { useEffect, useState } from "./vendor/preact.js";

/**
 * A page's state, kept in its address, and a function that changes parts of it.
 * @param isStep  whether a change becomes a step of the browser's history
 */
export function useAddress(read, write, isStep = () => true) {
  const [state, setState] = useState(() => read(location.search));
  useEffect(() => {
    const onBack = () => setState(read(location.search));
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);
  const change = (patch) => {
    const next = { ...state, ...patch };
    history[isStep(patch) ? "pushState" : "replaceState"](null, "", write(next));
    setState(next);
  };
  return [state, change];
}
