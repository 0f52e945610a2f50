/** How the weight of a click falls with its distance from the newest one. */
export const decayNames = ["same", "div", "linear", "quadratic", "log"] as const;
export type DecayName = (typeof decayNames)[number];

/**
 * Weight of the click at a position (from 1) of a session of so many clicks; 1 or near it for the last.
 * Formulas of session-rec (Ludewig & Jannach, UMUAI 2018), but that a linear decay ends at 0.1 instead of 0, where the
 * eleventh click from the end would find no neighbour.
 * @param isCompatible  as session-rec: linear ends at 0
 */
export function positionWeight(decay: DecayName, position: number, length: number, isCompatible: boolean): number {
  switch (decay) {
    case "same":
      return 1;
    case "div":
      return position / length;
    case "linear":
      return Math.max(isCompatible ? 0 : 0.1, 1 - 0.1 * (length - position));
    case "quadratic":
      return (position / length) ** 2;
    case "log":
      return 1 / Math.log10(length - position + 1.7);
  }
}

/**
 * Weight of a step back in the session, 1 for the newest click.
 * @param isCompatible  as session-rec: linear ends at 0
 */
export function stepWeight(decay: DecayName, step: number, isCompatible: boolean): number {
  switch (decay) {
    case "same":
      return 1;
    case "div":
      return 1 / step;
    case "linear":
      return Math.max(isCompatible ? 0 : 0.1, 1 - 0.1 * step);
    case "quadratic":
      return 1 / step ** 2;
    case "log":
      return 1 / Math.log10(step + 1.7);
  }
}
