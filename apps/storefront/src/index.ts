export { catalogue } from "./catalogue.ts";
export { createStorefront } from "./storefront.ts";
