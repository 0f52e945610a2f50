import "../../similarity/src/similarity.ts";
export const x = 1;
