/** A list of neighbours for each item; `SimilarityModel` has one. */
export interface NeighborLists {
  /** Neighbours of item i are entries neighborOffsets[i] … neighborOffsets[i + 1] - 1, best first. */
  readonly neighborOffsets: Int32Array;
  readonly neighborItems: Int32Array;
  /** > 0. */
  readonly neighborScores: Float32Array;
}
