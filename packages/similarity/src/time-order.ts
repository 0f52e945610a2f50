const digitBits = 16;
const digitCount = 1 << digitBits;

/**
 * The indices 0 … n-1 in ascending order of `timesMs`, equal times in the order of `compareEqual`. A radix sort,
 * because sorting millions of indices with a comparator takes seconds.
 * @param timesMs       whole milliseconds, not negative
 * @param compareEqual  total order of indices with equal times
 */
export function orderByTime(timesMs: Float64Array, compareEqual: (a: number, b: number) => number): Int32Array {
  const n = timesMs.length;
  let order = new Int32Array(n);
  for (let index = 0; index < n; index++) order[index] = index;
  let earliest = Infinity;
  let latest = -Infinity;
  for (let index = 0; index < n; index++) {
    earliest = Math.min(earliest, timesMs[index]!);
    latest = Math.max(latest, timesMs[index]!);
  }
  let spare = new Int32Array(n);
  const digits = new Uint16Array(n);
  const starts = new Int32Array(digitCount + 1);
  for (let unit = 1; unit <= latest - earliest; unit *= digitCount) {
    starts.fill(0);
    for (let index = 0; index < n; index++) {
      const digit = Math.floor((timesMs[index]! - earliest) / unit) % digitCount;
      digits[index] = digit;
      starts[digit + 1]!++;
    }
    for (let digit = 0; digit < digitCount; digit++) starts[digit + 1]! += starts[digit]!;
    for (let at = 0; at < n; at++) {
      const index = order[at]!;
      spare[starts[digits[index]!]!++] = index;
    }
    [order, spare] = [spare, order];
  }
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && timesMs[order[end]!] === timesMs[order[start]!]) end++;
    if (end - start > 1) order.subarray(start, end).sort(compareEqual);
    start = end;
  }
  return order;
}
