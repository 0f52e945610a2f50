// The shop's own script: reports what a page is about, fills the shelves, and adds to the basket without a new page.
"use strict";

const shelfLength = 6;
/** After the collector has a click, the recommender follows within a fraction of a second. */
const refreshDelaysMs = [80, 300, 700];
const toastMs = 2500;
/** Events that say what somebody likes. What was merely shown changes no shelf, or shelves would chase themselves. */
const interests = ["view_item", "select_item", "add_to_cart", "remove_from_cart", "purchase"];

const { shop, recommender, key } = document.body.dataset;
let refreshTimers = [];

const pageEvent = document.querySelector("[data-page-event]")?.dataset.pageEvent;
if (pageEvent) {
  const { name, ...fields } = JSON.parse(pageEvent);
  window.footfall("track", name, fields);
}

/** Asks the recommender and shows its answer, if it is another one than the shelf shows. */
async function fillShelf(shelf, visitorId) {
  const { shelf: placement, shelfItem, shelfExclude } = shelf.dataset;
  const query = new URLSearchParams({ placement, limit: String(shelfLength), key });
  if (visitorId) query.set("visitorId", visitorId);
  if (shelfItem) query.set("itemId", shelfItem);
  if (shelfExclude) query.set("exclude", shelfExclude);
  const response = await fetch(`${recommender}/recommendations?${query}`);
  if (!response.ok) return;
  const { requestId, items } = await response.json();
  const shown = items.map(({ itemId, source }) => `${itemId}:${source}`).join();
  if (shown === shelf.dataset.shown) return;
  const cards = await (await fetch(`${shop}/cards?items=${encodeURIComponent(shown)}`)).text();
  const list = shelf.querySelector(".shelf-items");
  const before = new Set(Array.from(list.children, (card) => card.dataset.footfallItem));
  list.innerHTML = cards;
  for (const card of list.children) card.classList.toggle("is-new", !before.has(card.dataset.footfallItem));
  shelf.hidden = list.children.length === 0;
  shelf.dataset.shown = shown;
  shelf.dataset.recPlacement = placement;
  shelf.dataset.recRequest = requestId;
}

function fillShelves() {
  window.footfall("ready", (tracker) => {
    for (const shelf of document.querySelectorAll("[data-shelf]")) {
      // Without an answer the shelf stays as it is; the browser itself logs the failed request.
      fillShelf(shelf, tracker.visitorId()).catch(() => {});
    }
  });
}

/** The tracker says that the collector has new events. */
function refreshShelves() {
  refreshTimers.forEach(clearTimeout);
  refreshTimers = refreshDelaysMs.map((delayMs) => setTimeout(fillShelves, delayMs));
}

function toast(text) {
  const box = document.querySelector(".toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (box.hidden = true), toastMs);
}

document.addEventListener("footfall:sent", ({ detail }) => {
  if (detail.names.some((name) => interests.includes(name))) refreshShelves();
});
addEventListener("pageshow", (event) => event.persisted && fillShelves());
document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".js-add");
  if (!form) return;
  event.preventDefault();
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
    const { count } = await response.json();
    document.querySelector(".basket-count").textContent = count;
    toast("Added to your basket");
  } catch {
    form.submit();
  }
});
fillShelves();
