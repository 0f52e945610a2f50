export { standaloneSettings } from "./config.ts";
export { type Crowd, type CrowdOptions, startCrowd } from "./shoppers/crowd.ts";
export { createShoppers, type HistoryOptions, simulateHistory } from "./shoppers/history.ts";
export { arrangeShelves, type ShelfAnswer, type ShopItem, type Shelves, type Shopper } from "./shoppers/visit.ts";
export { type Standalone, type StandaloneOptions, startStandalone } from "./standalone.ts";
