export const used = 1;
export const unused = 2;
export const neverImported = 3;
