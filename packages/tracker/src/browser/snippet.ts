/**
 * What `<script async src="https://collector/t.js" data-key="…"></script>` runs. Calls made before it arrived wait in
 * the stub's queue: window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments)
 * }
 *
 *   footfall("track", "view_item", { items: [{ item_id: "…" }] })    footfall("consent", "granted")
 *   footfall("identify", "customer-1")                               footfall("flush")
 *   footfall("ready", (tracker) => …)                                footfall("config", { key: "…", endpoint: "…" })
 *
 * Tag managers strip data attributes: `window.footfallConfig = { key: "…" }` before the script, or `config`, say the
 * same. `config` counts more than the global, the global more than the attributes. Without a key nothing starts.
 */
import { type Call, servePageCalls, type Settings } from "../page-calls.ts";
import { createTracker } from "./create-tracker.ts";

interface ShopPage {
  footfall?: ((...call: unknown[]) => void) & { q?: Call[] };
  footfallConfig?: Settings;
}

/** Settings from the script tag's data attributes; the collector is where the script came from. */
function attributesOf(script: HTMLScriptElement | null): Settings {
  // A script that was injected as text, or runs as a module, is not told its own tag.
  const tag = script ?? document.querySelector<HTMLScriptElement>('script[src*="/t.js"]');
  return tag ? { endpoint: tag.src.replace(/\/[^/]*$/, ""), ...(tag.dataset as Settings) } : {};
}

function start(page: ShopPage): void {
  page.footfall = servePageCalls({
    settings: [attributesOf(document.currentScript as HTMLScriptElement | null), page.footfallConfig],
    earlier: page.footfall?.q ?? [],
    start: createTracker,
    warn: (line) => console.warn(line),
    onFault: (error) =>
      setTimeout(() => {
        throw error;
      }),
  });
}

start(window as ShopPage);
