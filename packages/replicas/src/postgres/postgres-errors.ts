import { AppError } from "@footfall/base";

/** Values that no table takes: `data exception`, `program limit exceeded`. */
const ofValues = /^(22|54)/;
/** What is wrong with a table, a constraint or a right, until somebody mends it. */
const ofTables = /^(23|3F|42)/;

/** Whether a row is refused for what is in it. */
export function isFaultOfValues(error: unknown): boolean {
  return ofValues.test(sqlStateOf(error));
}

/** What the database or its connection said, as an error of ours; an error of ours stays as it is. */
export function replicaError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const sqlState = sqlStateOf(cause);
  const message = (cause as Error).message || sqlState;
  const context = { sqlState };
  if (ofTables.test(sqlState) || ofValues.test(sqlState)) {
    const { table, schema } = cause as { table?: string; schema?: string };
    const of = table === undefined ? "" : ` (${schema}.${table})`;
    return new AppError("REPLICA_TABLE_REFUSED", `PostgreSQL refuses what the replica asks${of}: ${message}`, {
      cause,
      context,
    });
  }
  return new AppError("REPLICA_UNAVAILABLE", `PostgreSQL does not store or answer: ${message}`, {
    cause,
    context,
    retriable: true,
  });
}

function sqlStateOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "");
}
