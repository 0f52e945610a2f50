import { type CarriedSample, comparePlaces } from "./measures/measure.ts";

/** The newest sample of each series before the open windows, for the measures that go on from it. */
export class CarriedSamples {
  readonly #samplesMax: number;
  /** The one put last comes last. */
  readonly #samples = new Map<string, CarriedSample>();

  /** @param samplesMax  of more than that the one put first is forgotten */
  constructor(samplesMax: number) {
    this.#samplesMax = samplesMax;
  }

  get(series: string): CarriedSample | undefined {
    return this.#samples.get(series);
  }

  /** Keeps the newer of the sample and the one that is kept. */
  put(series: string, sample: CarriedSample): void {
    const known = this.#samples.get(series);
    if (known && comparePlaces(known, sample) > 0) return;
    this.#samples.delete(series);
    this.#samples.set(series, sample);
    if (this.#samples.size > this.#samplesMax) this.#samples.delete(this.#samples.keys().next().value!);
  }

  /** Nothing goes on from samples before it any more. */
  forgetBefore(timeMs: number): void {
    for (const [series, sample] of this.#samples) if (sample.timeMs < timeMs) this.#samples.delete(series);
  }
}
