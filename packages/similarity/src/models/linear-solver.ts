import { AppError } from "@footfall/base";

/** Rows and columns of a block: three of them fit in a processor's nearer caches. */
const blockSize = 48;

/**
 * Solves A · X = B for a symmetric, positive definite A by Cholesky's factorisation, block by block. About n³ · 7/6
 * multiplications. Both inputs are overwritten.
 * @param a        n × n, row after row; only the lower triangle is read
 * @param columns  Bᵀ, so that a column of B lies in one piece; becomes Xᵀ
 * @throws AppError MODEL_GATE_REFUSED when A is not positive definite
 */
export function solveSymmetric(a: Float64Array, columns: Float64Array, n: number): void {
  factorise(a, n);
  const columnCount = columns.length / n;
  // L · Y = B, from the first row on.
  for (let start = 0; start < n; start += blockSize) {
    const end = Math.min(n, start + blockSize);
    subtractProducts(columns, { rows: [0, columnCount], columns: [start, end], factor: a, inner: [0, start] }, n);
    for (let column = 0; column < columnCount; column++) {
      const row = column * n;
      for (let at = start; at < end; at++) {
        let sum = columns[row + at]!;
        for (let k = start; k < at; k++) sum -= a[at * n + k]! * columns[row + k]!;
        columns[row + at] = sum / a[at * n + at]!;
      }
    }
  }
  // Lᵀ · X = Y, from the last row back; Lᵀ is laid out in the upper triangle, so that its rows lie in one piece.
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j]!;
  const lastBlock = Math.floor((n - 1) / blockSize) * blockSize;
  for (let start = lastBlock; start >= 0; start -= blockSize) {
    const end = Math.min(n, start + blockSize);
    subtractProducts(columns, { rows: [0, columnCount], columns: [start, end], factor: a, inner: [end, n] }, n);
    for (let column = 0; column < columnCount; column++) {
      const row = column * n;
      for (let at = end - 1; at >= start; at--) {
        let sum = columns[row + at]!;
        for (let k = at + 1; k < end; k++) sum -= a[at * n + k]! * columns[row + k]!;
        columns[row + at] = sum / a[at * n + at]!;
      }
    }
  }
}

/** A = L · Lᵀ, L in the lower triangle. */
function factorise(a: Float64Array, n: number): void {
  for (let start = 0; start < n; start += blockSize) {
    const end = Math.min(n, start + blockSize);
    subtractProducts(a, { rows: [start, n], columns: [start, end], factor: a, inner: [0, start] }, n);
    for (let row = start; row < n; row++) {
      for (let column = start; column < Math.min(end, row + 1); column++) {
        let sum = a[row * n + column]!;
        for (let k = start; k < column; k++) sum -= a[row * n + k]! * a[column * n + k]!;
        if (row > column) a[row * n + column] = sum / a[column * n + column]!;
        else if (sum > 0) a[row * n + column] = Math.sqrt(sum);
        else throw notPositive(row);
      }
    }
  }
}

function notPositive(row: number): AppError {
  return new AppError(
    "MODEL_GATE_REFUSED",
    `The matrix of the linear model has no inverse (row ${row}); raise lambda.`,
  );
}

interface Products {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  readonly factor: Float64Array;
  readonly inner: readonly [number, number];
}

/** target[r][c] −= Σ_k target[r][k] · factor[c][k], for k in `inner`, which does not meet `columns`; four by four. */
function subtractProducts(target: Float64Array, { rows, columns, factor, inner }: Products, n: number): void {
  const [rowStart, rowEnd] = rows;
  const [columnStart, columnEnd] = columns;
  const [innerStart, innerEnd] = inner;
  if (innerStart === innerEnd) return;
  const isWhole = (columnEnd - columnStart) % 4 === 0;
  const fastEnd = isWhole ? rowEnd - ((rowEnd - rowStart) % 4) : rowStart;
  for (let row = rowStart; row < fastEnd; row += 4) {
    for (let column = columnStart; column < columnEnd; column += 4) {
      subtractTile(target, row * n, column, factor, innerStart, innerEnd, n);
    }
  }
  for (let row = fastEnd; row < rowEnd; row++) {
    for (let column = columnStart; column < columnEnd; column++) {
      let sum = 0;
      for (let k = innerStart; k < innerEnd; k++) sum += target[row * n + k]! * factor[column * n + k]!;
      target[row * n + column]! -= sum;
    }
  }
}

/** Sixteen sums at once: each number loaded serves four of them. */
function subtractTile(
  target: Float64Array,
  row: number,
  column: number,
  factor: Float64Array,
  innerStart: number,
  innerEnd: number,
  n: number,
): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  const factorRow = column * n;
  for (let k = innerStart; k < innerEnd; k++) {
    const t0 = target[row + k]!;
    const t1 = target[row + n + k]!;
    const t2 = target[row + 2 * n + k]!;
    const t3 = target[row + 3 * n + k]!;
    const f0 = factor[factorRow + k]!;
    const f1 = factor[factorRow + n + k]!;
    const f2 = factor[factorRow + 2 * n + k]!;
    const f3 = factor[factorRow + 3 * n + k]!;
    s00 += t0 * f0;
    s01 += t0 * f1;
    s02 += t0 * f2;
    s03 += t0 * f3;
    s10 += t1 * f0;
    s11 += t1 * f1;
    s12 += t1 * f2;
    s13 += t1 * f3;
    s20 += t2 * f0;
    s21 += t2 * f1;
    s22 += t2 * f2;
    s23 += t2 * f3;
    s30 += t3 * f0;
    s31 += t3 * f1;
    s32 += t3 * f2;
    s33 += t3 * f3;
  }
  const at = row + column;
  target[at]! -= s00;
  target[at + 1]! -= s01;
  target[at + 2]! -= s02;
  target[at + 3]! -= s03;
  target[at + n]! -= s10;
  target[at + n + 1]! -= s11;
  target[at + n + 2]! -= s12;
  target[at + n + 3]! -= s13;
  target[at + 2 * n]! -= s20;
  target[at + 2 * n + 1]! -= s21;
  target[at + 2 * n + 2]! -= s22;
  target[at + 2 * n + 3]! -= s23;
  target[at + 3 * n]! -= s30;
  target[at + 3 * n + 1]! -= s31;
  target[at + 3 * n + 2]! -= s32;
  target[at + 3 * n + 3]! -= s33;
}
