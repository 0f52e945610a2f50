import "../../testkit/src/builder.ts";
export const x = 1;
