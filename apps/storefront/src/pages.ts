import { type CartLine, cartTotal, quantityMax } from "./cart.ts";
import { catalogue, type Product, shopCurrency } from "./catalogue.ts";
import { type Html, html } from "./html.ts";
import { type Page, shelf } from "./layout.ts";
import { categorySlug, formatPrice, itemAttributes, priceTag, productGrid } from "./product-card.ts";
import { categories } from "./product-kinds.ts";

const bestsellersShown = 10;
/** GA4 reports the first of a list that a shopper can have seen. */
const listItemsReportedMax = 20;
const freeDeliveryFrom = 60;
const deliveryPrice = 4.9;

/** GA4's form of a product. */
export function itemOf(product: Product, extra: { quantity?: number; index?: number } = {}) {
  return {
    item_id: product.itemId,
    item_name: product.name,
    item_brand: product.brand,
    item_category: product.category,
    price: product.price,
    ...extra,
  };
}

export function homePage(base: string, cart: readonly CartLine[]): Page {
  const tiles = categories.map((category) => {
    const sample = catalogue.find((product) => product.category === category)!;
    return html`<a class="tile" href="${base}/category/${categorySlug(category)}">
      <img src="${base}/picture/${sample.itemId}.svg" alt="" width="200" height="200" />
      <span>${category}</span>
    </a>`;
  });
  const bestsellers = catalogue.slice(0, bestsellersShown);
  const heroItems = ["lagoon-teapot", "saffron-pendant", "moss-monstera", "ember-turntable"];
  const content = html`<section class="hero">
      <div>
        <h1>Good things for everyday rooms</h1>
        <p>Ten collections, eight rooms' worth of ideas, and shelves that notice what you like.</p>
        <a class="button" href="${base}/category/${categorySlug(categories[0]!)}">Start with coffee</a>
      </div>
      <div class="hero-pictures" aria-hidden="true">
        ${heroItems.map((itemId) => html`<img src="${base}/picture/${itemId}.svg" alt="" width="200" height="200" />`)}
      </div>
    </section>
    ${shelf({ title: "For you", hint: "Changes with every click", placement: "home-for-you" })}
    <section>
      <div class="section-head"><h2>Rooms and routines</h2></div>
      <div class="tiles">${tiles}</div>
    </section>
    <section>
      <div class="section-head"><h2>House favourites</h2></div>
      ${productGrid(bestsellers, base)}
    </section>`;
  return { title: "Good things for everyday rooms", content, cart };
}

export function listPage(options: {
  readonly base: string;
  readonly cart: readonly CartLine[];
  readonly title: string;
  readonly products: readonly Product[];
  readonly category?: string;
  readonly searchTerm?: string;
}): Page {
  const { base, cart, title, products, category, searchTerm } = options;
  const content = html`<div class="page-head">
      <h1>${title}</h1>
      <p>${products.length === 1 ? "1 product" : `${products.length} products`}</p>
    </div>
    ${products.length > 0 ? productGrid(products, base) : html`<p class="empty">Nothing found. Try “mug” or “oak”.</p>`}
    ${shelf({ title: "For you", hint: "Changes with every click", placement: "list-for-you" })}`;
  const items = products.slice(0, listItemsReportedMax).map((product, index) => itemOf(product, { index }));
  return {
    title,
    content,
    cart,
    ...(category === undefined ? {} : { activeCategory: category }),
    ...(searchTerm === undefined
      ? { event: { name: "view_item_list", item_list_id: categorySlug(category ?? title), items } }
      : { searchTerm, event: { name: "search", search_term: searchTerm, ...(items.length > 0 ? { items } : {}) } }),
  };
}

export function productPage(base: string, cart: readonly CartLine[], product: Product): Page {
  const stars = "★".repeat(Math.round(product.rating)) + "☆".repeat(5 - Math.round(product.rating));
  const content = html`<nav class="crumbs" aria-label="Breadcrumb">
      <a href="${base}">Shop</a> / <a href="${base}/category/${categorySlug(product.category)}">${product.category}</a>
    </nav>
    <article class="product">
      <img
        class="product-picture"
        src="${base}/picture/${product.itemId}.svg"
        alt="${product.name}"
        width="200"
        height="200"
      />
      <div class="product-facts">
        <p class="card-brand">${product.brand} · ${product.collection}</p>
        <h1>${product.name}</h1>
        <p class="rating"><span aria-hidden="true">${stars}</span> ${product.rating} (${product.ratingCount})</p>
        ${priceTag(product)}
        <p>${product.description}</p>
        <form method="post" action="${base}/cart" class="js-add buy" ${itemAttributes(product)}>
          <input type="hidden" name="item" value="${product.itemId}" />
          <input type="hidden" name="change" value="add" />
          <button class="button" data-footfall-event="add_to_cart">Add to basket</button>
        </form>
        <ul class="promises">
          <li>In stock, leaves the warehouse tomorrow</li>
          <li>Free delivery from ${formatPrice(freeDeliveryFrom)}</li>
        </ul>
      </div>
    </article>
    ${shelf({
      title: "Similar items",
      hint: "What others looked at next",
      placement: "product-similar",
      itemId: product.itemId,
    })}
    ${shelf({
      title: "For you",
      hint: "From this visit's clicks",
      placement: "product-for-you",
      exclude: [product.itemId],
    })}`;
  return {
    title: product.name,
    content,
    cart,
    activeCategory: product.category,
    event: { name: "view_item", currency: shopCurrency, value: product.price, items: [itemOf(product)] },
  };
}

export function cartPage(base: string, cart: readonly CartLine[]): Page {
  const suggestions = shelf({
    title: "Goes well with your basket",
    hint: "For you",
    placement: "cart-for-you",
    exclude: cart.map((line) => line.product.itemId),
  });
  const lines = cart.map((line) => cartRow(base, line));
  const content = html`<div class="page-head"><h1>Your basket</h1></div>
    ${
      cart.length === 0
        ? html`<p class="empty">Nothing here yet. <a href="${base}">Look around</a>.</p>`
        : html`<div class="checkout">
            <ul class="lines">
              ${lines}
            </ul>
            <aside class="summary">
              ${totals(cart)}
              <a class="button" href="${base}/checkout">To checkout</a>
            </aside>
          </div>`
    }
    ${suggestions}`;
  return { title: "Basket", content, cart };
}

function cartRow(base: string, { product, quantity }: CartLine): Html {
  const href = `${base}/product/${product.itemId}`;
  return html`<li class="line" ${itemAttributes(product)} data-footfall-quantity="${quantity}">
    <img src="${base}/picture/${product.itemId}.svg" alt="" width="200" height="200" />
    <div class="line-name">
      <a href="${href}">${product.name}</a>
      <p>${formatPrice(product.price)}</p>
    </div>
    <form method="post" action="${base}/cart" class="line-quantity">
      <input type="hidden" name="item" value="${product.itemId}" />
      <input type="hidden" name="change" value="set" />
      <input
        type="number"
        name="quantity"
        value="${quantity}"
        min="1"
        max="${quantityMax}"
        aria-label="Quantity of ${product.name}"
      />
      <button class="link">Update</button>
    </form>
    <form method="post" action="${base}/cart">
      <input type="hidden" name="item" value="${product.itemId}" />
      <input type="hidden" name="change" value="remove" />
      <button class="link" data-footfall-event="remove_from_cart">Remove</button>
    </form>
    <strong class="line-total">${formatPrice(product.price * quantity)}</strong>
  </li>`;
}

function totals(cart: readonly CartLine[]): Html {
  const goods = cartTotal(cart);
  const delivery = goods >= freeDeliveryFrom ? 0 : deliveryPrice;
  return html`<dl class="totals">
    <dt>Goods</dt>
    <dd>${formatPrice(goods)}</dd>
    <dt>Delivery</dt>
    <dd>${delivery === 0 ? "free" : formatPrice(delivery)}</dd>
    <dt>Total</dt>
    <dd><strong>${formatPrice(goods + delivery)}</strong></dd>
  </dl>`;
}

function orderFields(cart: readonly CartLine[]) {
  return {
    currency: shopCurrency,
    value: cartTotal(cart),
    items: cart.map(({ product, quantity }) => itemOf(product, { quantity })),
  };
}

/**
 * @param times  at which an order can be brought; empty where nobody asks
 * @param problem  why the order was not taken
 */
export function checkoutPage(
  base: string,
  cart: readonly CartLine[],
  times: readonly string[],
  problem?: string,
): Page {
  const content = html`<div class="page-head"><h1>Checkout</h1></div>
    ${problem !== undefined && html`<p class="empty" role="alert">${problem}</p>`}
    <div class="checkout">
      <form class="address" method="post" action="${base}/checkout">
        <label>Name <input name="name" required autocomplete="name" maxlength="100" /></label>
        <label>Street <input name="street" required autocomplete="street-address" maxlength="100" /></label>
        <label>Town <input name="town" required autocomplete="address-level2" maxlength="100" /></label>
        ${times.length > 0 && deliveryTime(times)}
        <p class="small">A demo: what you write here is not stored.</p>
        <button class="button">Buy now</button>
      </form>
      <aside class="summary">
        <ul class="summary-lines">
          ${cart.map(({ product, quantity }) => html`<li>${quantity} × ${product.name}</li>`)}
        </ul>
        ${totals(cart)}
      </aside>
    </div>`;
  return { title: "Checkout", content, cart, event: { name: "begin_checkout", ...orderFields(cart) } };
}

function deliveryTime(times: readonly string[]): Html {
  return html`<label
    >Bring it tomorrow at
    <select name="time">
      <option value="">any time</option>
      ${times.map((time) => html`<option>${time}</option>`)}
    </select></label
  >`;
}

export function thanksPage(base: string, ordered: readonly CartLine[], orderId: string): Page {
  const content = html`<div class="page-head">
      <h1>Thank you</h1>
      <p>Order ${orderId}</p>
    </div>
    <p class="empty">
      ${ordered.length === 1 ? "One thing is" : `${ordered.length} things are`} on the way, or would be.
      <a href="${base}">Keep looking</a>.
    </p>
    ${shelf({ title: "For you", hint: "Next time, perhaps", placement: "thanks-for-you" })}`;
  const event = { name: "purchase", transaction_id: orderId, ...orderFields(ordered) };
  return { title: "Thank you", content, cart: [], event };
}

export function missingPage(base: string, cart: readonly CartLine[]): Page {
  const content = html`<div class="page-head"><h1>We could not find that</h1></div>
    <p class="empty">It may have been renamed, or sold out for good. <a href="${base}">Back to the shop</a>.</p>`;
  return { title: "Not found", content, cart };
}
