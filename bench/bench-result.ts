/** One figure of a benchmark, with its reference measured in the same run on the same input. */
export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The same, measured for what we compare with; null where the floor is absolute. */
  readonly reference: number | null;
  /** ours / reference; null without a reference. */
  readonly ratio: number | null;
  /** What must hold, as text: `ratio ≥ 0.4`, `p90 < 300 µs`. */
  readonly floor: string;
  readonly holds: boolean;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export interface BenchOptions {
  /** A short run on small input, to see that the benchmark works. */
  readonly isSmall: boolean;
}
