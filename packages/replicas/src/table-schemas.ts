import { errorCodeOf } from "@footfall/base";
import { schemasTopic, type TableSchema } from "@footfall/changes";
import type { EventLog } from "@footfall/log";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const tableSchema = Type.Object({
  schema: Type.String(),
  table: Type.String(),
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String(), isNullable: Type.Boolean() })),
  primaryKey: Type.Array(Type.String(), { minItems: 1 }),
});

/** What rows of a fingerprint have, out of topic `cdc.schemas`, which is read as far as it is needed. */
export class TableSchemas {
  readonly #log: Pick<EventLog, "offsets" | "read">;
  readonly #known = new Map<string, TableSchema>();
  /** Where to read on, by partition. */
  readonly #next = new Map<number, bigint>();

  constructor(log: Pick<EventLog, "offsets" | "read">) {
    this.#log = log;
  }

  /** @returns undefined if the topic does not have it; @throws as `EventLog.read` */
  async find(schemaId: string): Promise<TableSchema | undefined> {
    if (!this.#known.has(schemaId)) await this.#readOn();
    return this.#known.get(schemaId);
  }

  async #readOn(): Promise<void> {
    const kept = await this.#log.offsets(schemasTopic).catch((error: unknown) => {
      if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") return [];
      throw error;
    });
    for (const [partition, { startOffset }] of kept.entries()) {
      const next = this.#next.get(partition) ?? 0n;
      const from = next > startOffset ? next : startOffset;
      for await (const batch of this.#log.read({ topic: schemasTopic, partition, startOffset: from })) {
        for (const { key, value } of batch.records) {
          const schema = value && parsed(value);
          if (key !== null && schema) this.#known.set(key, schema);
        }
        this.#next.set(partition, batch.nextOffset);
      }
    }
  }
}

/** Whoever may append may have appended anything. */
function parsed(value: Buffer): Static<typeof tableSchema> | undefined {
  try {
    const schema: unknown = JSON.parse(value.toString());
    return Value.Check(tableSchema, schema) ? schema : undefined;
  } catch {
    return undefined;
  }
}
