/** The next offset of each partition: how far a live tail has come. */
export type TailPosition = ReadonlyMap<number, bigint>;

const form = /^\d{1,4}:\d{1,19}(,\d{1,4}:\d{1,19}){0,1023}$/;

/** `0:12,1:7`, as the id of an event. */
export function tailPositionText(position: TailPosition): string {
  return [...position].map(([partition, offset]) => `${partition}:${offset}`).join(",");
}

/** What `tailPositionText` wrote; undefined for other text. */
export function readTailPosition(text: string): TailPosition | undefined {
  if (!form.test(text)) return undefined;
  return new Map(
    text.split(",").map((part) => {
      const colon = part.indexOf(":");
      return [Number(part.slice(0, colon)), BigInt(part.slice(colon + 1))];
    }),
  );
}
