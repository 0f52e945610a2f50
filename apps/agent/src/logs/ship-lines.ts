import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import {
  type JoinedLine,
  LineJoiner,
  lineReader,
  type LogEntry,
  logKeyOf,
  logsTopic,
  type MultiLineRule,
  multiLinePresets,
  multiLineRule,
} from "@footfall/service-logs";
import type { LogSource } from "../agent-file.ts";
import type { RawLine, TakeLines } from "../files/tailed-file.ts";

export interface ShipLinesOptions {
  readonly log: Pick<EventLog, "append">;
  readonly source: LogSource;
  readonly host: string;
  readonly onShipped: (entries: readonly LogEntry[]) => void;
}

/** Lines that wait for more of their entry are sent after so long without one. */
const entryTimeoutMs = 2_000;
/** And after so long in any case. */
const entryHoldMsMax = 30_000;
/** Below a quarter of what is read at once, so that a whole entry fits into it whatever its characters are. */
const entryLengthMax = 60_000;

interface HeldLines {
  readonly offset: number;
  readonly sinceMs: number;
  readonly endOffset: number;
  readonly grownAtMs: number;
}

/**
 * Turns lines into entries and appends them to topic `logs`. Of what is handed over, the lines of an entry that may go
 * on are not taken: they come again with what follows them.
 * @throws AppError CONFIG_INVALID, and by the function that it returns what `EventLog.append` throws
 */
export function shipLines({ log, source, host, onShipped }: ShipLinesOptions): TakeLines {
  const { service, instance = host } = source;
  // Of the file, not of the service that a line names: sinks know repeats by positions that grow along one partition.
  const key = logKeyOf({ service, instance });
  const { format = "auto", pattern, timeZone: zone } = source;
  const read = lineReader({ format, ...(pattern !== undefined && { pattern }), ...(zone !== undefined && { zone }) });
  const rule = ruleOf(source.multiLine);
  const heldByGeneration = new Map<string, HeldLines>();

  const entryOf = ({ text, offset, observedAtMs }: RawLine | JoinedLine, { path, generation }: RawLine): LogEntry => ({
    service,
    ...read(text, observedAtMs),
    instance,
    host,
    source: { path, generation, offset },
  });

  const ship = async (lines: readonly (RawLine | JoinedLine)[], first: RawLine): Promise<void> => {
    const entries = lines.map((line) => entryOf(line, first));
    if (entries.length === 0) return;
    await log.append(
      logsTopic,
      entries.map((entry) => ({ key, value: Buffer.from(JSON.stringify(entry)) })),
    );
    onShipped(entries);
  };

  return async (lines, { endOffset, isEnded, seal }) => {
    const [first] = lines;
    if (!first) return endOffset;
    if (!rule) {
      await ship(lines, first);
      return endOffset;
    }
    const joiner = new LineJoiner(rule, { lengthMax: entryLengthMax, timeoutMs: Infinity, holdMsMax: Infinity });
    const joined = joiner.add(lines.map((line, at) => ({ ...line, endOffset: lines[at + 1]?.offset ?? endOffset })));
    const { generation } = first;
    const { safeOffset } = joiner;
    const held = heldLines(heldByGeneration.get(generation), safeOffset, endOffset, lines.at(-1)!.observedAtMs);
    const isLate = held.grownAtMs + entryTimeoutMs <= held.nowMs || held.sinceMs + entryHoldMsMax <= held.nowMs;
    if (safeOffset < endOffset && (isEnded || isLate)) {
      // Where an entry ends by the clock must be known after a crash: read again it would have other lines.
      if (!isEnded) await seal();
      joined.push(...joiner.flush());
    }
    if (joiner.safeOffset < endOffset) heldByGeneration.set(generation, held);
    else heldByGeneration.delete(generation);
    await ship(joined, first);
    return joiner.safeOffset;
  };
}

/** What is held now, and since when; `nowMs` is when it was read. */
function heldLines(before: HeldLines | undefined, offset: number, endOffset: number, nowMs: number) {
  const isSame = before?.offset === offset;
  return {
    offset,
    endOffset,
    nowMs,
    sinceMs: isSame ? before.sinceMs : nowMs,
    grownAtMs: isSame && before.endOffset === endOffset ? before.grownAtMs : nowMs,
  };
}

/** Undefined where every line is an entry. */
function ruleOf(multiLine: LogSource["multiLine"]): MultiLineRule | undefined {
  if (multiLine === undefined) return undefined;
  if (typeof multiLine === "string") return multiLinePresets[multiLine];
  return multiLineRule(multiLine.mode, expressionOf(multiLine.start), expressionOf(multiLine.condition));
}

function expressionOf(source: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `multiLine: ${(cause as Error).message}`, { cause });
  }
}
