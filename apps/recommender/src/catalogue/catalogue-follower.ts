import { errorCodeOf } from "@footfall/base";
import { type CatalogueChange, readItem } from "@footfall/catalogue";
import { type ChangeEvent, readChange, recordKeyOf, unavailableValue } from "@footfall/changes";
import { type ContactOptions, follow, type Follower } from "@footfall/ingest";
import type { EventLog, LogRecord } from "@footfall/log";
import type { HealthProblem, Logger } from "@footfall/runtime";
import { lostContact } from "../follower-health.ts";
import type { RecommenderMetrics } from "../recommender-metrics.ts";
import type { CatalogueSource } from "./catalogues-file.ts";
import type { TenantCatalogue } from "./tenant-catalogue.ts";

export interface CatalogueFollowerOptions {
  readonly log: EventLog;
  readonly contact: ContactOptions;
  readonly source: CatalogueSource;
  readonly catalogue: TenantCatalogue;
  readonly logger: Logger;
  readonly metrics: RecommenderMetrics;
  readonly countError: (error: unknown) => void;
}

/** Changes applied before requests get their turn; some milliseconds. */
const batchRecordsMax = 256;

/**
 * Keeps a shop's catalogue as its table is: follows the table's topic from its beginning, on all partitions. What
 * cannot be read is passed over and counted: it takes nothing else along.
 */
export class CatalogueFollower {
  readonly #options: CatalogueFollowerOptions;
  readonly #follower: Follower;
  /** Of tables whose key does not hold the item's id: key of the row → the item that it is. */
  readonly #itemIds = new Map<string, string>();
  /** The catalogue that was there at the start has been read once. */
  #wasRead = false;
  #unreadable = 0;
  #lastProblem = "";

  constructor(options: CatalogueFollowerOptions) {
    this.#options = options;
    const { log, contact, source, logger, metrics, countError } = options;
    const { topic, tenant } = source;
    this.#follower = follow<LogRecord>({
      name: `catalogue of ${tenant}`,
      log,
      contact,
      topics: [topic],
      from: () => 0,
      decode: (record) => record,
      take: (records) => {
        for (const record of records) this.#apply(record);
        metrics.setCatalogue(tenant, options.catalogue.catalogue.size);
        this.#wasRead ||= this.#follower.left === 0;
      },
      onFailure: (error) => {
        countError(error);
        if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") logger.info({ topic, tenant }, "waiting for the topic");
        else logger.warn({ error, topic, tenant }, "following a catalogue failed; trying again");
      },
      batchRecordsMax,
    });
  }

  /** Why filters may not know the last changes. Not ready until the catalogue that was there at the start is read. */
  health(): readonly HealthProblem[] {
    const { tenant, topic } = this.#options.source;
    const lost = this.#lostContact();
    if (lost !== undefined) return this.#wasRead ? [] : [lost];
    const { left } = this.#follower;
    if (left === 0) {
      this.#wasRead = true;
      return [];
    }
    const records = left === undefined ? "" : `, ${left} records left`;
    return [{ code: "LOG_CATCHING_UP", message: `Reading the catalogue of ${tenant} (${topic})${records}; wait.` }];
  }

  warnings(): readonly HealthProblem[] {
    const { tenant } = this.#options.source;
    const { refused } = this.#options.catalogue.catalogue;
    const lost = this.#lostContact();
    const problems: HealthProblem[] = lost !== undefined && this.#wasRead ? [lost] : [];
    if (this.#unreadable > 0) {
      const message = `${this.#unreadable} changes of the catalogue of ${tenant} could not be read, the last one since ${this.#lastProblem}.`;
      problems.push({ code: "INPUT_FORMAT_INVALID", message });
    }
    if (refused > 0) {
      const message = `The catalogue of ${tenant} is full; ${refused} changes of further items were refused. Raise FOOTFALL_RECOMMENDER_CATALOGUE_ITEMS_MAX.`;
      problems.push({ code: "INPUT_FORMAT_INVALID", message });
    }
    return problems;
  }

  get tenant(): string {
    return this.#options.source.tenant;
  }

  lags() {
    return this.#follower.contact.lags();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  #lostContact(): HealthProblem | undefined {
    const { tenant, topic } = this.#options.source;
    const what = `Following the catalogue of ${tenant} (topic ${topic})`;
    return lostContact(this.#follower, what, "filters miss the last changes");
  }

  #apply(record: LogRecord): void {
    const read = readChange(record);
    if (read.is === "tombstone") return;
    if (read.is === "unreadable") return this.#passOver(read.reason);
    const changes = this.#changesOf(read.change);
    if (typeof changes === "string") return this.#passOver(changes);
    for (const change of changes) this.#options.catalogue.catalogue.apply(change);
  }

  /** What a change of a row means for items: a row that becomes another item takes the former one away. */
  #changesOf(change: ChangeEvent): readonly CatalogueChange[] | string {
    const { operation, before, after, key, position } = change;
    if (operation === "truncate") return [{ is: "truncate", position }];
    const { catalogue } = this.#options.catalogue;
    const { mapping } = this.#options.source;
    const rowKey = recordKeyOf(key);
    const formerId = this.#itemIds.get(rowKey) ?? itemIdOf(before, mapping) ?? itemIdOf(key, mapping);
    if (after === undefined) {
      if (formerId === undefined) return "a deleted row tells no item's id";
      this.#itemIds.delete(rowKey);
      return [{ is: "delete", itemId: formerId, position }];
    }
    const former = formerId === undefined ? undefined : catalogue.find(formerId);
    const read = readItem(after, mapping, former, (value) => value === unavailableValue);
    if ("problem" in read) {
      // What it is now is not known: it must not stay what it was (in stock, cheap, allowed).
      if (formerId !== undefined) catalogue.apply({ is: "delete", itemId: formerId, position });
      return read.problem;
    }
    const { item } = read;
    if (itemIdOf(key, mapping) === undefined) this.#itemIds.set(rowKey, item.itemId);
    const changes: CatalogueChange[] = [{ is: "item", item, position }];
    if (formerId !== undefined && formerId !== item.itemId) changes.push({ is: "delete", itemId: formerId, position });
    return changes;
  }

  #passOver(reason: string): void {
    this.#unreadable += 1;
    this.#lastProblem = reason;
    this.#options.metrics.countUnreadableChanges(this.#options.source.tenant);
  }
}

function itemIdOf(row: ChangeEvent["before"], mapping: CatalogueSource["mapping"]): string | undefined {
  if (row === undefined) return undefined;
  const read = readItem(row, { ...mapping, otherColumns: "ignored" }, undefined, (value) => value === unavailableValue);
  return "item" in read ? read.item.itemId : undefined;
}
