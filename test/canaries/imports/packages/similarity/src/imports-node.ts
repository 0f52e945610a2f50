import "node:fs";
export const x = 1;
