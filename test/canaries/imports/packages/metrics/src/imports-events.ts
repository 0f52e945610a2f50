import "../../events/src/events.ts";
export const x = 1;
