import { type LabelMatcher, type Labels, matchesLabels } from "../label-matcher.ts";

/** Mutes notices of alerts that fire; the alerts go on, and whoever was told of one still hears that it is over. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly LabelMatcher[];
  readonly startsAtMs: number;
  /** From then on it mutes no longer. */
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** An alert that fires and matches `source` mutes those that match `target` and have the same labels `equal`. */
export interface InhibitRule {
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  /** A label that both lack is equal. */
  readonly equal: readonly string[];
}

export function isSilenced(labels: Labels, silences: readonly Silence[], nowMs: number): boolean {
  return silences.some(({ matchers, startsAtMs, endsAtMs }) => {
    return startsAtMs <= nowMs && nowMs < endsAtMs && matchesLabels(matchers, labels);
  });
}

/** `firing`: the labels of all alerts that fire, silenced ones too. */
export function isInhibited(labels: Labels, rules: readonly InhibitRule[], firing: readonly Labels[]): boolean {
  return rules.some(({ source, target, equal }) => {
    if (!matchesLabels(target, labels)) return false;
    // An alert that is both does not mute itself, nor do two of them mute one another.
    const isBoth = matchesLabels(source, labels);
    return firing.some((other) => {
      if (!matchesLabels(source, other) || (isBoth && matchesLabels(target, other))) return false;
      return equal.every((name) => (labels[name] ?? "") === (other[name] ?? ""));
    });
  });
}
