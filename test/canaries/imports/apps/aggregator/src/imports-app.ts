import "../../collector/src/collector.ts";
export const x = 1;
