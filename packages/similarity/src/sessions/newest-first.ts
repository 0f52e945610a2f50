/** Numbers that come in ascending order, held newest first: the array fills from its end. */
export class NewestFirst {
  numbers = new Int32Array(4);
  /** Place of the newest number; those held are from here to the end of the array. */
  start = 4;
  /** Numbers held that others have taken the place of. */
  #outdated = 0;

  /**
   * @param replaced  a number held that counts no longer; -1 for none
   * @param isHeld    false for numbers that may be forgotten
   * @param newestMax of the others, so many are kept when there is no room
   */
  push(number: number, replaced: number, isHeld: (number: number) => boolean, newestMax: number): void {
    if (replaced >= 0 && this.numbers[this.start] === replaced) {
      this.numbers[this.start] = number;
      return;
    }
    if (replaced >= 0) this.#outdated++;
    const isWorn = 2 * this.#outdated > this.numbers.length - this.start;
    if (this.start === 0 || isWorn) this.#makeRoom(isHeld, newestMax);
    this.numbers[--this.start] = number;
  }

  #makeRoom(isHeld: (number: number) => boolean, newestMax: number): void {
    const kept = this.numbers.subarray(this.start).filter(isHeld).subarray(0, newestMax);
    // Half of it free, so that making room stays rare.
    if (2 * kept.length > this.numbers.length) this.numbers = new Int32Array(2 * this.numbers.length);
    this.start = this.numbers.length - kept.length;
    this.numbers.set(kept, this.start);
    this.#outdated = 0;
  }
}
