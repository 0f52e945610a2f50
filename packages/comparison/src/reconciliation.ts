import { assertInvariant } from "@footfall/base";
import { compareDocuments, type DocumentComparison, noDifference } from "./compare/compare-documents.ts";
import { DocumentShapes } from "./fields/document-shapes.ts";
import { EventTypeFields } from "./fields/event-type-fields.ts";
import type { Side } from "./fields/field-tree.ts";
import { fieldCoverage, schemaDifferences } from "./fields/describe-fields.ts";
import { parseExactJson } from "./json/exact-json.ts";
import { type IdentifyOptions, identifyRecord } from "./pairing/identify-record.ts";
import { KeySample } from "./pairing/key-sample.ts";
import { type HeldRecord, Pairing } from "./pairing/pairing.ts";
import { SideProgress } from "./pairing/side-progress.ts";
import type {
  Mismatch,
  MismatchOutcome,
  MismatchRecord,
  ReconciliationOptions,
  ReconciliationReport,
  SourceRecord,
} from "./reconciliation-report.ts";
import { judgeTally } from "./verdict/judge-tally.ts";
import { increase, newTally, tallyDifferences, tallyReason } from "./verdict/tally.ts";

/** Event types whose fields are told apart; those beyond share one entry, `other`. */
const eventTypesMax = 200;
/** Lone records that a partner may still turn into late ones after they were told. */
const loneKeysMax = 100_000;

/**
 * Compares two streams of records, pair by pair. Records of a side may come in any order within the window; the verdict
 * does not depend on it, nor on how both sides are interleaved, so long as sources are read in step (`nextSource`).
 */
export class Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #mismatch: (mismatch: Mismatch) => void;
  readonly #tally = newTally();
  readonly #progress = new SideProgress();
  readonly #sample: KeySample;
  readonly #pairing: Pairing;
  readonly #fields = new Map<string, EventTypeFields>();
  readonly #identifying: IdentifyOptions;
  readonly #lone = new Map<string, Side>();
  readonly #open: { side: Side; source: string }[] = [];

  /** @param mismatch  told of each as it is found; the documents are not kept */
  constructor(options: ReconciliationOptions, mismatch: (mismatch: Mismatch) => void) {
    this.#options = options;
    this.#mismatch = mismatch;
    this.#sample = new KeySample(options.sample);
    const { windowMs, lateMs, heldBytesMax, rules, timeMaxMs } = options;
    this.#identifying = { rules, timeMaxMs, shapes: new DocumentShapes() };
    this.#pairing = new Pairing(
      { windowMs, lateMs, heldBytesMax, sample: this.#sample, isVersioned: rules.version !== undefined },
      {
        pair: (left, right) => this.#judgePair(left, right),
        alone: (side, record) => this.#judgeAlone(side, record),
        superseded: (side, record) => this.#supersede(side, record),
        tooLate: (side, record) => this.#judgeTooLate(side, record),
      },
    );
  }

  /** A file, or a partition. All must be opened before the first record. */
  openSource(side: Side, source: string): void {
    this.#progress.open(side, source);
    this.#open.push({ side, source });
  }

  endSource(side: Side, source: string): void {
    this.#progress.end(side, source);
    this.#open.splice(
      this.#open.findIndex((open) => open.side === side && open.source === source),
      1,
    );
    this.advance();
  }

  /** The source that is furthest behind in event time: reading it next keeps what is held small. */
  nextSource(): { readonly side: Side; readonly source: string } | undefined {
    let least: { readonly side: Side; readonly source: string } | undefined;
    let leastMs = Infinity;
    for (const open of this.#open) {
      const timeMs = this.#progress.sourceMs(open.side, open.source);
      if (least && leastMs <= timeMs) continue;
      least = open;
      leastMs = timeMs;
    }
    return least;
  }

  add(side: Side, source: string, { text, place }: SourceRecord): void {
    this.#tally.records[side] += 1;
    const known = text === null ? undefined : this.#pairing.withText(text);
    const identity = known ?? identifyRecord(text, this.#identifying);
    if ("reason" in identity) return this.#refuse(side, { text, place }, identity.reason);
    const { timeMs } = identity;
    this.#progress.observe(side, source, timeMs);
    const { fromMs = -Infinity, toMs = Infinity, windowMs, lateMs } = this.#options;
    const reachMs = windowMs + lateMs;
    const isEdge = timeMs < fromMs || timeMs >= toMs;
    if (isEdge) this.#tally.outOfRange[side] += 1;
    if (timeMs < fromMs - reachMs || timeMs >= toMs + reachMs) return;
    const { key, eventType, eventId, version, shape } = identity;
    // One text is held for both sides.
    const held = known ? known.text : text!;
    const record: HeldRecord = {
      key,
      eventType,
      timeMs,
      eventId,
      version,
      shape,
      text: held,
      place,
      isEdge,
      copies: 1,
    };
    const other = otherSide(side);
    // No partner can come, and holding what a stopped side will never answer would fill the memory.
    if (!this.#options.isComplete && this.#isBeyondEnd(other, timeMs)) {
      if (this.#sample.has(record.key)) this.#judgeAlone(side, record);
      else this.#pairing.unsampledRecords += 1;
    } else this.#pairing.add(side, record);
  }

  /** Decides what can be decided; to be called after some records. */
  advance(): void {
    this.#pairing.advance(this.#progress.watermarkMs(this.#options.isComplete));
  }

  /** What was found, after all sources have ended. */
  report(): ReconciliationReport {
    assertInvariant(this.#open.length === 0, "a report is made once every source has ended");
    this.#pairing.end();
    const { rules, sample: sampleAsked } = this.#options;
    const stalled = this.#stalledSide();
    const state = { sampleAsked, sample: this.#sample.share, ...(stalled && { stalled }) };
    return {
      ...judgeTally(this.#tally, this.#options, state),
      tally: this.#tally,
      eventTypes: [...this.#fields].map(([eventType, fields]) => {
        const tree = fields.tree();
        return {
          eventType,
          pairs: fields.pairs,
          fields: fieldCoverage(tree, rules.tree),
          isCut: tree.isCut,
          schema: schemaDifferences(tree, rules.tree),
        };
      }),
      rulesUnused: rules.rules.map(({ name }) => name).filter((name) => !this.#tally.rulesUsed.has(name)),
      sample: this.#sample.share,
      unsampledRecords: this.#pairing.unsampledRecords,
      heldBytesPeak: this.#pairing.heldBytesPeak,
      ...(stalled && { stalled }),
    };
  }

  #judgePair(left: HeldRecord, right: HeldRecord): void {
    if (left.isEdge && right.isEdge) return;
    const tally = this.#tally;
    const { rules, windowMs } = this.#options;
    const found = this.#comparePair(left, right);
    tally.pairs += 1;
    tally.raw[found.isRawEqual ? "equal" : "different"] += 1;
    const isDifferent = found.differenceCount > 0;
    tally.afterRules[isDifferent ? "different" : found.isRawEqual ? "equal" : "equalByRule"] += 1;
    for (const rule of found.rulesUsed) increase(tally.rulesUsed, rule);
    tallyDifferences(tally, left.eventType, found.differences);
    const isLate = Math.abs(left.timeMs - right.timeMs) > windowMs;
    const isDoubled = left.copies !== right.copies;
    this.#countRepeats("left", left);
    this.#countRepeats("right", right);
    if (isLate) tally.late += 1;
    if (isDoubled) tally.doubled += 1;
    const outcome: MismatchOutcome | undefined = isDifferent
      ? "different"
      : isLate && !rules.allow.has("late")
        ? "late"
        : isDoubled && !rules.allow.has("doubled")
          ? "doubled"
          : undefined;
    tally.decided += 1;
    if (!outcome) return;
    tally.differing += 1;
    const { key, eventType } = left;
    const { differences, differenceCount } = found;
    this.#mismatch({ outcome, key, eventType, left: shown(left), right: shown(right), differences, differenceCount });
  }

  /** Compares documents and counts their fields; those of one text are not even parsed again. */
  #comparePair(left: HeldRecord, right: HeldRecord): DocumentComparison {
    const fields = this.#fieldsOf(left.eventType);
    fields.pairs += 1;
    if (left.text === right.text && left.shape) {
      fields.countShape("left", left.shape);
      fields.countShape("right", left.shape);
      return noDifference;
    }
    const leftDocument = parseExactJson(left.text);
    const rightDocument = parseExactJson(right.text);
    if (left.shape) fields.countShape("left", left.shape);
    else fields.countDocument("left", leftDocument);
    if (right.shape) fields.countShape("right", right.shape);
    else fields.countDocument("right", rightDocument);
    return compareDocuments(leftDocument, rightDocument, this.#options.rules);
  }

  #judgeAlone(side: Side, record: HeldRecord): void {
    if (record.isEdge) return;
    this.#countRepeats(side, record);
    if (!this.#isDecidable(otherSide(side), record.timeMs)) {
      this.#tally.undecided[side] += 1;
      return;
    }
    this.#tally.only[side] += 1;
    this.#tally.decided += 1;
    this.#tally.differing += 1;
    if (this.#lone.size < loneKeysMax) this.#lone.set(loneId(record), side);
    this.#tell(side === "left" ? "only left" : "only right", side, record);
  }

  /** A record whose time was decided: the one it may belong to was told to be alone, and is a late pair instead. */
  #judgeTooLate(side: Side, record: HeldRecord): void {
    if (record.isEdge) return;
    const tally = this.#tally;
    tally.late += 1;
    const id = loneId(record);
    if (this.#lone.get(id) === otherSide(side)) {
      this.#lone.delete(id);
      tally.only[otherSide(side)] -= 1;
    } else {
      tally.decided += 1;
      tally.differing += 1;
    }
    this.#tell("late", side, record);
  }

  #supersede(side: Side, record: HeldRecord): void {
    if (record.isEdge) return;
    this.#tally.superseded[side] += 1;
    this.#countRepeats(side, record);
  }

  #countRepeats(side: Side, { copies, isEdge }: HeldRecord): void {
    if (!isEdge) this.#tally.repeats[side] += copies - 1;
  }

  #refuse(side: Side, { text, place }: SourceRecord, reason: string): void {
    this.#tally.unparsable[side] += 1;
    tallyReason(this.#tally, reason);
    const record = { place, copies: 1, text };
    this.#mismatch({ outcome: "unparsable", reason, [side]: record, differences: [], differenceCount: 0 });
  }

  #tell(outcome: MismatchOutcome, side: Side, record: HeldRecord): void {
    const { key, eventType } = record;
    this.#mismatch({ outcome, key, eventType, [side]: shown(record), differences: [], differenceCount: 0 });
  }

  /** Whether a side has ended so long before a time that nothing of it can belong there. */
  #isBeyondEnd(side: Side, timeMs: number): boolean {
    const { windowMs, lateMs } = this.#options;
    return this.#progress.hasEnded(side) && timeMs > this.#progress.lastMs(side) + windowMs + lateMs;
  }

  /** Whether a side that has nothing at a time is known to lack it: it was seen before, and has gone on long enough. */
  #isDecidable(side: Side, timeMs: number): boolean {
    const { isComplete, windowMs, lateMs } = this.#options;
    if (isComplete) return true;
    const reachMs = windowMs + lateMs;
    if (timeMs < this.#progress.firstMs(side) - windowMs) return false;
    return timeMs + reachMs <= this.#progress.sideMs(side, false);
  }

  #stalledSide(): Side | undefined {
    if (this.#options.isComplete) return undefined;
    const { toMs = Infinity, stallMs } = this.#options;
    const end = (side: Side) => Math.min(this.#progress.lastMs(side), toMs);
    const aheadMs = end("left") - end("right");
    if (aheadMs > stallMs) return "right";
    return aheadMs < -stallMs ? "left" : undefined;
  }

  #fieldsOf(eventType: string): EventTypeFields {
    const name = this.#fields.has(eventType) || this.#fields.size < eventTypesMax ? eventType : "other";
    let fields = this.#fields.get(name);
    if (!fields) this.#fields.set(name, (fields = new EventTypeFields()));
    return fields;
  }
}

function otherSide(side: Side): Side {
  return side === "left" ? "right" : "left";
}

function loneId({ eventType, key }: HeldRecord): string {
  return JSON.stringify([eventType, key]);
}

function shown({ place, timeMs, copies, text }: HeldRecord): MismatchRecord {
  return { place, timeMs, copies, text };
}
