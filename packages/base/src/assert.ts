/** Thrown when the program contradicts itself. Nobody catches it: the process ends, and restarts from durable state. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvariantError";
  }
}

/**
 * Ends the process (by an uncaught `InvariantError`) unless the condition holds. For our own faults, never for input.
 */
export function assertInvariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
