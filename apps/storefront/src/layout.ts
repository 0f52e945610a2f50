import type { CartLine } from "./cart.ts";
import { cartCount } from "./cart.ts";
import { shopCurrency } from "./catalogue.ts";
import { type Html, html } from "./html.ts";
import { categorySlug } from "./product-card.ts";
import { categories } from "./product-kinds.ts";

/** Where the parts are; "" is the page's own origin. */
export interface ShopAddresses {
  readonly base: string;
  readonly collectorUrl: string;
  readonly recommenderUrl: string;
  readonly writeKey: string;
}

export interface Page {
  readonly title: string;
  readonly content: Html;
  readonly cart: readonly CartLine[];
  /** What the page reports when it opens: the event's name and fields. */
  readonly event?: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly activeCategory?: string;
  readonly searchTerm?: string;
}

export const shopName = "Larkspur & Co.";

/**
 * The frame of every page. The three scripts in the head are all that a shop adds for the tracker; where a tag manager
 * writes them, `window.footfallConfig` or `footfall("config", …)` takes the place of the data attributes.
 */
export function renderPage(page: Page, addresses: ShopAddresses): string {
  const { base } = addresses;
  const document = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${page.title} · ${shopName}</title>
      <link rel="icon" href="${base}/assets/favicon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="${base}/assets/shop.css" />
      <script src="${base}/assets/footfall-stub.js"></script>
      <script
        async
        src="${addresses.collectorUrl}/t.js"
        data-key="${addresses.writeKey}"
        data-currency="${shopCurrency}"
      ></script>
      <script defer src="${base}/assets/shop.js"></script>
    </head>
    <body data-shop="${base}" data-recommender="${addresses.recommenderUrl}" data-key="${addresses.writeKey}">
      <a class="skip" href="#content">Skip to content</a>
      <p class="notice">Free delivery from €60 · 30 days to change your mind</p>
      ${header(page, base)}
      <main id="content" ${page.event && html`data-page-event="${JSON.stringify(page.event)}"`}>${page.content}</main>
      <footer class="footer">
        <p><strong>${shopName}</strong> is a demo shop: nothing is sold, nothing is delivered.</p>
        <p>Every click goes through the Footfall tracker; the shelves follow within a second.</p>
      </footer>
      <p class="toast" role="status" aria-live="polite" hidden></p>
    </body>
  </html>`;
  return `<!doctype html>\n${document.markup}`;
}

function header(page: Page, base: string): Html {
  return html`<header class="header">
    <a class="logo" href="${base}">${shopName}</a>
    <form class="search" action="${base}/search" role="search">
      <input
        type="search"
        name="q"
        value="${page.searchTerm ?? ""}"
        placeholder="Search 320 things"
        aria-label="Search"
      />
    </form>
    <a class="basket" href="${base}/cart">Basket <span class="basket-count">${cartCount(page.cart)}</span></a>
    <nav class="nav" aria-label="Categories">
      ${categories.map(
        (category) =>
          html`<a
            href="${base}/category/${categorySlug(category)}"
            ${category === page.activeCategory && html`aria-current="page"`}
            >${category}</a
          >`,
      )}
    </nav>
  </header>`;
}

/** A shelf that the browser fills with the recommender's answer; it stays hidden while there is none. */
export function shelf(options: {
  readonly title: string;
  readonly hint: string;
  readonly placement: string;
  readonly itemId?: string;
  readonly exclude?: readonly string[];
}): Html {
  return html`<section
    class="shelf"
    hidden
    data-shelf="${options.placement}"
    data-shelf-item="${options.itemId ?? ""}"
    data-shelf-exclude="${(options.exclude ?? []).join(",")}"
  >
    <div class="section-head">
      <h2>${options.title}</h2>
      <p>${options.hint}</p>
    </div>
    <ul class="shelf-items"></ul>
  </section>`;
}
