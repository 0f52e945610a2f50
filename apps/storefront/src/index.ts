export { catalogue, generateCatalogue, type Product, productById, shopCurrency } from "./catalogue.ts";
export { storefrontSettings } from "./config.ts";
export { categories } from "./product-kinds.ts";
export { createStorefront, type StorefrontOptions } from "./storefront.ts";
