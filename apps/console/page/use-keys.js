import { useEffect, useRef } from "./vendor/preact.js";

/** Keys of the page, off while someone types: `/ j k p n ?` and Escape; Enter opens what `j k` have chosen. */
export function useKeys(actions) {
  const current = useRef();
  current.current = actions;
  useEffect(() => {
    const onKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const isTyping = event.target.closest("input, textarea, select") !== null;
      if (isTyping && event.key !== "Escape") return;
      const act = current.current[event.key];
      if (!act || document.querySelector("dialog[open]")) return;
      if (event.key !== "Escape") event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
