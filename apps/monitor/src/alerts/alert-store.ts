import { join } from "node:path";
import { AppError, dateOf } from "@footfall/base";
import { alertTransitionsTable, type Lake, type LakeRow, type LakeTable } from "@footfall/lake";
import { type AlertState, type AlertTransition, noAlerts, restoreAlertState } from "@footfall/metrics/alerts";
import { readJson, writeJson } from "./durable-json.ts";

/** The file is the truth; the table follows it, and knows by the sequence what it has of it. */
interface StoredAlerts {
  readonly state: AlertState;
  /** Grows with each batch of transitions. */
  readonly sequence: number;
  /** The last batch, which the table may not have yet. */
  readonly transitions: readonly AlertTransition[];
}

const sequenceId = "alerts-sequence";

/** What alerts remember, and their history in the lake. */
export class AlertStore {
  readonly #path: string;
  readonly #lake: Lake;
  readonly #table: LakeTable;
  #stored: StoredAlerts;

  private constructor(path: string, parts: { lake: Lake; table: LakeTable; stored: StoredAlerts }) {
    this.#path = path;
    this.#lake = parts.lake;
    this.#table = parts.table;
    this.#stored = parts.stored;
  }

  /** @throws AppError INPUT_FORMAT_INVALID  the file is of another version, or damaged */
  static async open(folder: string, lake: Lake): Promise<AlertStore> {
    const table = await lake.table(alertTransitionsTable);
    const path = alertsPath(folder);
    const found = (await readJson(path)) as StoredAlerts | undefined;
    const sequence = Number((await table.snapshot()).progress.get(sequenceId) ?? 0n);
    const stored = found ?? { state: noAlerts, sequence, transitions: [] };
    if (restoreAlertState(stored.state) === undefined) {
      throw new AppError("INPUT_FORMAT_INVALID", `${path} is no state of alerts of this version; move it away.`);
    }
    const store = new AlertStore(path, { lake, table, stored });
    await store.#tellTable();
    return store;
  }

  get state(): AlertState {
    return this.#stored.state;
  }

  /** Makes a state durable, and then its transitions part of the history, each once. */
  async save(state: AlertState, transitions: readonly AlertTransition[] = []): Promise<void> {
    const hasNew = transitions.length > 0;
    // A batch that the table does not have yet must not be overwritten.
    if (hasNew) await this.#tellTable();
    const stored = hasNew ? { state, sequence: this.#stored.sequence + 1, transitions } : { ...this.#stored, state };
    await writeJson(this.#path, stored);
    this.#stored = stored;
    if (hasNew) await this.#tellTable();
  }

  async #tellTable(): Promise<void> {
    const { sequence, transitions } = this.#stored;
    const { progress } = await this.#table.snapshot();
    const known = progress.get(sequenceId);
    if (transitions.length === 0 || Number(known ?? 0n) >= sequence) return;
    const add = await this.#lake.writeSmall(this.#table, transitions.map(historyRow));
    await this.#table.commit({
      add,
      progress: new Map([[sequenceId, BigInt(sequence)]]),
      expectedProgress: new Map([[sequenceId, known]]),
      operation: "append",
    });
  }
}

/** Where a monitor keeps what its alerts remember. */
export function alertsPath(folder: string): string {
  return join(folder, "alerts.json");
}

function historyRow(transition: AlertTransition): LakeRow {
  const { atMs, rule, fingerprint, episode, from, to, labels, annotations, value, reason } = transition;
  return {
    changed_at: atMs,
    rule,
    fingerprint,
    episode,
    from_state: from,
    to_state: to,
    labels: JSON.stringify(labels),
    annotations: JSON.stringify(annotations),
    value: typeof value === "number" ? value : null,
    reason: reason ?? null,
    date: dateOf(atMs),
  };
}
