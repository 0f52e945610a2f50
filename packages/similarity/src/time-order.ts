const digitBits = 11;
const digitCount = 1 << digitBits;
const digitMask = digitCount - 1;
const wordSize = 2 ** 32;

/**
 * The indices 0 … n-1 in ascending order of `timesMs`, equal times in the order of `compareEqual`. A radix sort,
 * because sorting millions of indices with a comparator takes seconds; digits small enough that the counters of one
 * stay in the processor's nearest cache.
 * @param timesMs       whole milliseconds, not negative
 * @param compareEqual  total order of indices with equal times
 */
export function orderByTime(timesMs: Float64Array, compareEqual: (a: number, b: number) => number): Int32Array {
  const n = timesMs.length;
  const earliest = timesMs.reduce((least, time) => Math.min(least, time), Infinity);
  const span = timesMs.reduce((most, time) => Math.max(most, time), -Infinity) - earliest;
  let order = new Int32Array(n);
  let nextOrder = new Int32Array(n);
  let words = new Uint32Array(n);
  let nextWords = new Uint32Array(n);
  for (let at = 0; at < n; at++) order[at] = at;
  for (let unit = 1; unit <= span; unit *= wordSize) {
    // Stored modulo the word's size.
    for (let at = 0; at < n; at++) words[at] = Math.floor((timesMs[order[at]!]! - earliest) / unit);
    const wordMax = Math.min(wordSize - 1, span / unit);
    for (let shift = 0; 2 ** shift <= wordMax; shift += digitBits) {
      const starts = startsOfDigits(words, shift);
      for (let at = 0; at < n; at++) {
        const word = words[at]!;
        const place = starts[(word >>> shift) & digitMask]!++;
        nextOrder[place] = order[at]!;
        nextWords[place] = word;
      }
      [order, nextOrder] = [nextOrder, order];
      [words, nextWords] = [nextWords, words];
    }
  }
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && timesMs[order[end]!] === timesMs[order[start]!]) end++;
    if (end - start > 1) order.subarray(start, end).sort(compareEqual);
    start = end;
  }
  return order;
}

/** Where the words with each digit begin in the order of the digits. */
function startsOfDigits(words: Uint32Array, shift: number): Int32Array {
  const starts = new Int32Array(digitCount + 1);
  for (let at = 0; at < words.length; at++) starts[((words[at]! >>> shift) & digitMask) + 1]!++;
  for (let digit = 0; digit < digitCount; digit++) starts[digit + 1]! += starts[digit]!;
  return starts;
}
