import type { Product } from "./catalogue.ts";
import { type Html, html } from "./html.ts";

/** What the shopper reads for the recommender's `source`. */
const sourceLabels: Readonly<Record<string, string>> = {
  session: "From your visit",
  item: "Goes with this",
  user: "Your taste",
  trending: "Trending now",
  popular: "Bestseller",
};

export interface CardContext {
  /** Path of the shop, without a slash at the end. */
  readonly base: string;
  /** Position in the list, from 0. */
  readonly index: number;
  /** The recommender's `source` where it chose the item. */
  readonly source?: string;
}

/** Amount with the currency sign, as `€24.90`. */
export function formatPrice(amount: number): string {
  return `€${amount.toFixed(2)}`;
}

/** Slug of a category in addresses. */
export function categorySlug(category: string): string {
  return category.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}

/** The attributes by which the tracker knows which item a click belongs to. */
export function itemAttributes(product: Product, index?: number): Html {
  return html`data-footfall-item="${product.itemId}" data-footfall-name="${product.name}"
  data-footfall-brand="${product.brand}" data-footfall-category="${product.category}"
  data-footfall-price="${product.price}"${index !== undefined && html` data-footfall-index="${index}"`}`;
}

export function priceTag(product: Product): Html {
  const before = product.priceBefore;
  return html`<p class="price">
    <span class="${before ? "price-now reduced" : "price-now"}">${formatPrice(product.price)}</span>
    ${before !== undefined && html`<s class="price-before">${formatPrice(before)}</s>`}
  </p>`;
}

/** A product in a list or on a shelf. */
export function productCard(product: Product, { base, index, source }: CardContext): Html {
  const href = `${base}/product/${product.itemId}`;
  return html`<li
    class="card"
    ${itemAttributes(product, index)}${source !== undefined && html` data-rec-position="${index}"`}
  >
    <a class="card-link" href="${href}">
      <span class="card-picture">
        <img src="${base}/picture/${product.itemId}.svg" alt="" width="200" height="200" loading="lazy" />
        ${source !== undefined && html`<span class="badge badge-${source}">${sourceLabels[source] ?? source}</span>`}
        ${source === undefined && product.priceBefore !== undefined && html`<span class="badge badge-sale">Sale</span>`}
      </span>
      <span class="card-brand">${product.brand}</span>
      <span class="card-name">${product.name}</span>
    </a>
    <div class="card-foot">
      ${priceTag(product)}
      <form method="post" action="${base}/cart" class="js-add">
        <input type="hidden" name="item" value="${product.itemId}" />
        <input type="hidden" name="change" value="add" />
        <button class="quick-add" data-footfall-event="add_to_cart" aria-label="Add ${product.name} to basket">
          +
        </button>
      </form>
    </div>
  </li>`;
}

/** A list of products that is no answer of the recommender. */
export function productGrid(products: readonly Product[], base: string): Html {
  return html`<ul class="grid">
    ${products.map((product, index) => productCard(product, { base, index }))}
  </ul>`;
}
