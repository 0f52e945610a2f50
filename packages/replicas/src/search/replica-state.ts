import { randomUUID } from "node:crypto";
import { AppError } from "@footfall/base";
import type { OpenSearchClient } from "@footfall/log-index/opensearch-client";
import type { ExpectedReplicaProgress, ReplicaProgress } from "../replica.ts";

interface StateDocument {
  readonly positions: Readonly<Record<string, string>>;
  /** The call that wrote it. */
  readonly call: string;
  readonly isResetting?: boolean;
}

export interface StoredState {
  readonly progress: ReplicaProgress;
  readonly isResetting: boolean;
  readonly call: string | undefined;
  /** Holds of the document as it was read. */
  readonly condition: string;
}

/** How far the topics have been read: one document, which changes only on top of what was read. */
export class ReplicaState {
  readonly #client: OpenSearchClient;
  readonly #index: string;

  constructor(client: OpenSearchClient, index: string) {
    this.#client = client;
    this.#index = index;
  }

  async read(): Promise<StoredState> {
    const { body } = await this.#client.request<{
      found?: boolean;
      _source?: StateDocument;
      _seq_no?: number;
      _primary_term?: number;
    }>("GET", `${this.#index}/_doc/progress`, undefined, [404]);
    const { positions = {}, isResetting = false, call } = body._source ?? {};
    return {
      progress: new Map(Object.entries(positions).map(([name, value]) => [name, BigInt(value)])),
      isResetting,
      call,
      condition: body.found ? `if_seq_no=${body._seq_no}&if_primary_term=${body._primary_term}` : "op_type=create",
    };
  }

  /** @throws `REPLICA_WRITER_FENCED` */
  static requireExpected({ progress }: StoredState, expected: ExpectedReplicaProgress): void {
    for (const [name, value] of expected) if (progress.get(name) !== value) throw fenced(name);
  }

  /** Moves the progress on. @throws `REPLICA_WRITER_FENCED` if what is stored is not what is expected */
  async move(progress: ReplicaProgress, expected: ExpectedReplicaProgress): Promise<void> {
    const call = randomUUID();
    for (;;) {
      const stored = await this.read();
      // Our own write whose answer was lost.
      if (stored.call === call) return;
      ReplicaState.requireExpected(stored, expected);
      if (stored.isResetting) throw fenced("its state, which is being reset,");
      const positions = Object.fromEntries([...stored.progress, ...progress].map(([name, at]) => [name, `${at}`]));
      if (await this.#write({ positions, call }, stored.condition)) return;
    }
  }

  async beginReset(): Promise<void> {
    for (;;) {
      const { condition } = await this.read();
      if (await this.#write({ positions: {}, call: randomUUID(), isResetting: true }, condition)) return;
    }
  }

  async endReset(): Promise<void> {
    const { isResetting, condition } = await this.read();
    if (isResetting) await this.#write({ positions: {}, call: randomUUID() }, condition);
  }

  async #write(document: StateDocument, condition: string): Promise<boolean> {
    const settings = { mappings: { dynamic: false } };
    // 400: it is there already.
    if (condition === "op_type=create") await this.#client.request("PUT", this.#index, settings, [400]);
    const { status } = await this.#client.request("PUT", `${this.#index}/_doc/progress?${condition}`, document, [409]);
    return status !== 409;
  }
}

function fenced(what: string): AppError {
  return new AppError("REPLICA_WRITER_FENCED", `Another writer has moved the replica in OpenSearch on: ${what}.`);
}
