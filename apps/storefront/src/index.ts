export { catalogue } from "./catalogue.ts";
export { storefrontSettings } from "./config.ts";
export { createStorefront } from "./storefront.ts";
