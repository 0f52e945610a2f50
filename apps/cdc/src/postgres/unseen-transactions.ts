import type { Client } from "pg";

/**
 * Transactions that a read does not show: those that have not ended, and those whose end the stream may have told
 * already, for it is told before it is shown. Numbers are modulo 2^32, as the stream has them.
 */
export class UnseenTransactions {
  readonly inProgress: ReadonlySet<number>;
  /** From here on none is shown. */
  readonly #next: number;

  /** @param snapshot  `xmin:xmax:xip,…` */
  constructor(snapshot: string) {
    const [, next, list] = snapshot.split(":") as [string, string, string];
    this.#next = modulo(next);
    this.inProgress = new Set(list === "" ? [] : list.split(",").map(modulo));
  }

  has(xid: number): boolean {
    // Of two numbers the one that is less than half a turn ahead is the later one.
    return this.inProgress.has(xid) || ((xid - this.#next) | 0) >= 0;
  }
}

export async function readUnseen(client: Client): Promise<UnseenTransactions> {
  const { rows } = await client.query<{ snapshot: string }>("select pg_current_snapshot()::text as snapshot");
  return new UnseenTransactions(rows[0]!.snapshot);
}

function modulo(xid: string): number {
  return Number(BigInt(xid) & 0xffff_ffffn);
}
