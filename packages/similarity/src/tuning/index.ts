export type { ParameterRange, ParameterSpace } from "./parameter-space.ts";
export { nextTrial, type Trial } from "./parameter-search.ts";
