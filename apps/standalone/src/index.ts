export { standaloneSettings } from "./config.ts";
export { type Crowd, startCrowd } from "./shoppers/crowd.ts";
export { createShoppers, simulateHistory } from "./shoppers/history.ts";
export { arrangeShelves, type ShelfAnswer, type Shelves, type Shopper } from "./shoppers/visit.ts";
export { type Standalone, startStandalone } from "./standalone.ts";
