/** Why a request had no answer, for people: `fetch` itself only says that it failed. */
export function fetchFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  // Of several addresses of a name none answers.
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return inner instanceof Error ? `${error.message} (${inner.message})` : error.message;
}
