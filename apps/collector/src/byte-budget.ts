/** Counts the bytes of requests under way, so that their sum stays bounded however many clients there are. */
export class ByteBudget {
  readonly bytesMax: number;
  inFlightBytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Takes the bytes, or returns false where that would pass the bound. */
  take(bytes: number): boolean {
    if (this.inFlightBytes + bytes > this.bytesMax) return false;
    this.inFlightBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.inFlightBytes -= bytes;
  }
}
