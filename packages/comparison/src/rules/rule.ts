import type { Tolerance } from "../json/decimal.ts";
import type { Normalisation } from "./rule-schema.ts";

/** One rule; reports name it by `name`. */
export interface Rule {
  readonly name: string;
  readonly ignore: boolean;
  readonly tolerance?: Tolerance;
  readonly normalise: readonly Normalisation[];
  /** Names of the pointer that elements meet by; empty: by their value. */
  readonly unorderedBy?: readonly string[];
}
