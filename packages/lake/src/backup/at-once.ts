/** Works on items, some at once. After a failure none is begun any more; throws the first when all have ended. */
export async function atOnce<T>(
  itemsMax: number,
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true && failure === undefined; next = rest.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: itemsMax }, lane));
  if (failure !== undefined) throw failure.error;
}
