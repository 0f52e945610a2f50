/** `mantissa · 10^exponent`, exact; the mantissa has no trailing zero, and zero is 0 · 10^0 whatever its sign. */
export interface Decimal {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Longer numbers are told apart by their text alone: arithmetic on them could take minutes. */
const digitsMax = 1_000;
const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/;

/** The exact value of a JSON number; undefined where the text is none, or too long to reckon with. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > digitsMax) return undefined;
  const parts = decimalPattern.exec(text);
  if (!parts) return undefined;
  const [, sign, whole, fraction = "", exponent = "0"] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return { mantissa: 0n, exponent: 0 };
  const mantissa = BigInt(kept);
  return {
    mantissa: sign === "-" ? -mantissa : mantissa,
    exponent: Number(exponent) - fraction.length + digits.length - kept.length,
  };
}

/** One text for a value, however it was written; the text itself where it cannot be reckoned with. */
export function decimalText(text: string): string {
  const decimal = parseDecimal(text);
  if (!decimal) return text;
  if (decimal.exponent === 0) return String(decimal.mantissa);
  return `${decimal.mantissa}e${decimal.exponent}`;
}

export interface Tolerance {
  /** Largest difference, as a decimal. */
  readonly abs?: Decimal;
  /** Largest difference as a share of the larger of both values' magnitudes. */
  readonly rel?: Decimal;
}

export function isSameDecimal(left: Decimal, right: Decimal): boolean {
  return left.exponent === right.exponent && left.mantissa === right.mantissa;
}

/** Whether |left − right| ≤ abs, or ≤ rel · max(|left|, |right|); exact, no rounding. */
export function isWithinTolerance(left: Decimal, right: Decimal, { abs, rel }: Tolerance): boolean {
  if (isSameDecimal(left, right)) return true;
  const exponent = Math.min(left.exponent, right.exponent);
  if (Math.max(left.exponent, right.exponent) - exponent > digitsMax) return false;
  const [leftValue, rightValue] = [scaled(left, exponent), scaled(right, exponent)];
  const difference = { mantissa: magnitude(leftValue - rightValue), exponent };
  if (abs && isAtMost(difference, abs)) return true;
  if (!rel) return false;
  const [leftSize, rightSize] = [magnitude(leftValue), magnitude(rightValue)];
  const larger = leftSize > rightSize ? leftSize : rightSize;
  return isAtMost(difference, { mantissa: larger * rel.mantissa, exponent: exponent + rel.exponent });
}

/** Whether the one with more decimals, rounded or cut to those of the other, is the other: 19.989 and 19.99. */
export function isRounding(left: Decimal, right: Decimal): boolean {
  const [fine, coarse] = left.exponent < right.exponent ? [left, right] : [right, left];
  const places = Math.min(coarse.exponent, 0);
  const dropped = places - fine.exponent;
  if (dropped <= 0 || dropped > digitsMax || coarse.exponent > digitsMax) return false;
  const step = 10n ** BigInt(dropped);
  return magnitude(fine.mantissa - scaled(coarse, places) * step) < step;
}

function isAtMost(left: Decimal, right: Decimal): boolean {
  const exponent = Math.min(left.exponent, right.exponent);
  if (Math.max(left.exponent, right.exponent) - exponent > digitsMax * 3) return left.exponent < right.exponent;
  return scaled(left, exponent) <= scaled(right, exponent);
}

function scaled({ mantissa, exponent }: Decimal, toExponent: number): bigint {
  return mantissa * 10n ** BigInt(exponent - toExponent);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
