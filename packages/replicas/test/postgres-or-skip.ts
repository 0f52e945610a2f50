import { isRequired } from "@footfall/testkit";
import { findPostgres } from "@footfall/testkit/postgres";

/** Whether a PostgreSQL can be had here. Where it cannot, that is said loudly, and is a failure where it is required. */
export function canRunPostgres(): boolean {
  if (findPostgres() !== undefined) return true;
  const message = "No PostgreSQL here: neither on the path nor in /usr/lib/postgresql.";
  if (isRequired("postgres", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}
