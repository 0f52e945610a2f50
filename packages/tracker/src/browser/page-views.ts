import type { Tracker } from "../tracker.ts";

const urlLengthMax = 2_048;
const textLengthMax = 512;

/** Address without fragment, cut to what a collector takes. */
function addressOf(url: string): string {
  return url.replace(/#.*/, "").slice(0, urlLengthMax);
}

/**
 * Counts the page and the views of a single-page application: `pushState` and `popstate`, and any of them, with
 * `replaceState`, only when the path is another one. Applications call `replaceState` for every filter and scroll.
 */
export function trackPageViews(tracker: Tracker): void {
  let path = location.pathname;
  let referrer = document.referrer;

  function view(title?: string): void {
    const page_location = addressOf(location.href);
    tracker.track("page_view", {
      page_location,
      ...(referrer && { page_referrer: addressOf(referrer) }),
      ...(title && { page_title: title.slice(0, textLengthMax) }),
    });
    referrer = page_location;
  }

  /** The title still is the last view's at this moment, so a view inside the page goes without. */
  function viewIfMoved(): void {
    if (location.pathname === path) return;
    path = location.pathname;
    view();
  }

  for (const method of ["pushState", "replaceState"] as const) {
    const original = history[method];
    history[method] = function (this: History, ...args: Parameters<History["pushState"]>) {
      original.apply(this, args);
      viewIfMoved();
    };
  }
  addEventListener("popstate", viewIfMoved);
  view(document.title);
}
