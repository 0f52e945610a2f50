/** Numbers that come in ascending order, held newest first: the array fills from its end. */
export class NewestFirst {
  numbers = new Int32Array(4);
  /** Place of the newest number; those held are from here to the end of the array. */
  start = 4;

  /**
   * @param isHeld    numbers for which it is false may be forgotten
   * @param newestMax of the others, so many are kept when there is no room
   */
  push(number: number, isHeld: (number: number) => boolean, newestMax: number): void {
    if (this.start === 0) this.#makeRoom(isHeld, newestMax);
    this.numbers[--this.start] = number;
  }

  #makeRoom(isHeld: (number: number) => boolean, newestMax: number): void {
    const kept = this.numbers.filter(isHeld).subarray(0, newestMax);
    // Half of it free, so that making room stays rare.
    if (2 * kept.length > this.numbers.length) this.numbers = new Int32Array(2 * this.numbers.length);
    this.start = this.numbers.length - kept.length;
    this.numbers.set(kept, this.start);
  }
}
