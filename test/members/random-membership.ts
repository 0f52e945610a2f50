import { type ManualClock, manualClock, type Random, seededRandom } from "@footfall/base";
import { topics } from "@footfall/events";
import { openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { expect } from "vitest";
import { startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import { openOutsideLake, type OutsideLake } from "../../scripts/outside-lake.ts";
import type { Gate } from "./gate.ts";
import { type Member, startMember } from "./member.ts";
import { type RandomClicks, randomClicks } from "./random-clicks.ts";

/** A log that members reach each by a handle of its own. */
export interface MembersLog {
  /** Of the senders; holds topics `clicks`, empty, and `clicks.rejected`. */
  readonly log: EventLog;
  readonly partitions: number;
  /** A handle that sends no heartbeat and gets nothing while the gate is closed. */
  openLog(gate: Gate): Promise<EventLog>;
}

const deadlineMs = 60_000;
const membersMax = 3;
const hourMs = 3_600_000;
/** How long a chosen moment of death is waited for; then it is now. Two steps of the schedule, no condition. */
const momentMsMax = 300;

type Step = "send" | "join" | "leave" | "die" | "pause" | "resume";
const weights: Record<Step, number> = { send: 4, join: 4, leave: 1.5, die: 1.5, pause: 2, resume: 2 };

/**
 * Lets aggregators join, leave, die, and pause past their session while clicks come in, in an order drawn from the
 * seed. In the end every accepted event must be in the lake once, and its windows and sessions must be those that SQL
 * makes of them.
 */
export async function runRandomMembership(log: MembersLog, seed: number, steps = 8): Promise<void> {
  const folder = await temporaryFolder();
  const run = new MembershipRun(log, seed, folder.path);
  try {
    await run.steps(steps);
    await run.finish();
  } catch (cause) {
    throw new Error(`seed ${seed}, after ${run.story.join(", ")}: ${String(cause)}\n${await run.state()}`, { cause });
  } finally {
    await run.close();
    await folder.remove();
  }
}

class MembershipRun {
  readonly story: string[] = [];
  readonly #log: MembersLog;
  readonly #seed: number;
  readonly #random: Random;
  readonly #clock: ManualClock = manualClock(startMs);
  readonly #clicks: RandomClicks;
  readonly #tablesFolder: string;
  readonly #options: { readonly dedupIndexMax: number; readonly backlogRecordsMin: number };
  readonly #living: Member[] = [];
  readonly #paused: Member[] = [];
  readonly #dead: Member[] = [];
  #members = 0;
  #zombies = 0;

  constructor(log: MembersLog, seed: number, tablesFolder: string) {
    this.#log = log;
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.#clicks = randomClicks(log.log, this.#random, this.#clock);
    this.#tablesFolder = tablesFolder;
    this.#options = {
      dedupIndexMax: this.#random() < 0.3 ? 40 : 100_000,
      backlogRecordsMin: this.#random() < 0.3 ? 30 : 100_000,
    };
  }

  async steps(count: number): Promise<void> {
    await this.#step("join");
    for (let i = 0; i < count; i += 1) await this.#step(this.#nextStep());
  }

  /** Lets everything close, then takes stock. */
  async finish(): Promise<void> {
    while (this.#paused.length > 0) await this.#step("resume");
    if (this.#living.length === 0) await this.#step("join");
    await this.#expectProgress();
    const lake = await openOutsideLake(this.#tablesFolder);
    try {
      await this.#waitUntilSettled(lake);
      for (const member of this.#living.splice(0)) await this.#leave(member);
      await this.#expectAccount(lake);
    } finally {
      lake.close();
    }
  }

  async close(): Promise<void> {
    for (const member of [...this.#dead, ...this.#paused]) member.gate.break();
    await Promise.all([...this.#dead, ...this.#paused, ...this.#living].map((member) => member.stop()));
  }

  /** What each member was about, for the message of a failure. */
  async state(): Promise<string> {
    const lines = [`${this.#log.partitions} partitions, ${JSON.stringify(this.#options)}`];
    for (const [word, members] of Object.entries({ living: this.#living, paused: this.#paused, dead: this.#dead })) {
      for (const member of members) {
        const counts = `committed ${await member.committed()}, began anew ${await member.restarts()} times`;
        lines.push(`${member.name} ${word}: partitions ${member.partitions().join()}, ${counts}`);
      }
    }
    return lines.join("\n");
  }

  #nextStep(): Step {
    const [living, paused] = [this.#living.length, this.#paused.length];
    const possible: Step[] = ["send"];
    if (living + paused < membersMax) possible.push("join");
    if (living > 0) possible.push("leave", "die", "pause");
    if (paused > 0) possible.push("resume");
    let left = this.#random() * possible.reduce((sum, step) => sum + weights[step], 0);
    return possible.find((step) => (left -= weights[step]) < 0) ?? "send";
  }

  async #step(step: Step): Promise<void> {
    this.story.push(step);
    if (step === "send") return this.#clicks.send(this.#below(60));
    if (step === "join") await this.#join();
    else if (step === "leave") await this.#leave(this.#takeFrom(this.#living));
    else if (step === "die" || step === "pause") await this.#fallSilent(step);
    else await this.#resume();
    if (this.#random() < 0.5) await this.#clicks.send(this.#below(40));
    if (this.#random() < 0.4) await this.#expectProgress();
  }

  async #join(): Promise<void> {
    this.#members += 1;
    const member = await startMember({
      name: `member-${this.#members}`,
      tablesFolder: this.#tablesFolder,
      clock: this.#clock.now,
      openLog: this.#log.openLog,
      aggregator: {
        group: `members-${this.#seed}`,
        commitIntervalMs: 25,
        deriveIntervalMs: 1,
        idleTimeoutMs: 60_000,
        outOfOrderMs: 1_000,
        ...this.#options,
      },
    });
    this.#living.push(member);
  }

  async #leave(member: Member): Promise<void> {
    await member.stop();
    expect(await member.restarts(), `${member.name} began anew`).toBeLessThanOrEqual(this.#zombies);
  }

  /** At a call or an answer that the seed chooses, often one of a commit. */
  async #fallSilent(how: "die" | "pause"): Promise<void> {
    const member = this.#takeFrom(this.#living);
    this.#zombies += 1;
    if (this.#random() < 0.4) member.gate.closeAfter(this.#below(4), "commit");
    else member.gate.closeAfter(this.#below(30));
    await this.#clicks.send(1 + this.#below(40));
    const moment = { deadlineMs: momentMsMax, what: "the moment that was chosen" };
    await waitFor(() => member.gate.isClosed, moment).catch(() => member.gate.close());
    (how === "die" ? this.#dead : this.#paused).push(member);
    // Else it may be back before its session is over.
    if (this.#random() < 0.7) await this.#expectProgress();
  }

  async #resume(): Promise<void> {
    const member = this.#takeFrom(this.#paused);
    const before = await member.restarts();
    member.gate.open();
    this.#living.push(member);
    await this.#expectProgress();
    expect((await member.restarts()) - before, `${member.name} was fenced`).toBeLessThanOrEqual(1);
  }

  /**
   * Waits until those that live have shared out all partitions and each has committed events that are sent now. Who is
   * paused must have lost its partitions for that.
   */
  async #expectProgress(): Promise<void> {
    if (this.#living.length === 0) return;
    const wait = <T>(what: string, condition: () => T | Promise<T>) =>
      waitFor(condition, { deadlineMs, intervalMs: 10, what });
    for (;;) {
      await wait("partitions of all that live", () => this.#isSharedOut());
      const before = await this.#progress();
      await this.#clicks.sendToAll(this.#log.partitions);
      const moved = await wait("commits of all that live", async () => {
        const now = await this.#progress();
        if (now.some(({ held }, i) => held !== before[i]!.held)) return "partitions";
        return now.every(({ committed }, i) => committed > before[i]!.committed) && "events";
      });
      if (moved === "events") return;
    }
  }

  #isSharedOut(): boolean {
    const held = this.#living.map((member) => member.partitions());
    const all = held.flat().sort((a, b) => a - b);
    const isWhole = all.length === this.#log.partitions && all.every((partition, i) => partition === i);
    return isWhole && held.every((partitions) => partitions.length > 0);
  }

  async #progress(): Promise<{ readonly held: string; readonly committed: number }[]> {
    return Promise.all(
      this.#living.map(async (member) => ({
        held: member.partitions().join(),
        committed: await member.committed(),
      })),
    );
  }

  async #waitUntilSettled(lake: OutsideLake): Promise<void> {
    const isSettled = async (): Promise<boolean> => {
      // Partitions are idle, and everything closes, some time after the last of their records has been read.
      this.#clock.advance(2 * hourMs);
      if ((await lake.countEvents()).ids < this.#clicks.accepted.size) return false;
      const [windows, sessions] = [await lake.compare("item_windows"), await lake.compare("sessions")];
      return windows.missing + windows.surplus + sessions.missing + sessions.surplus === 0;
    };
    const bounds = { deadlineMs, intervalMs: 200, what: "all events and their windows" };
    await waitFor(isSettled, bounds).catch(() => {}); // what is missing, the account tells
  }

  async #expectAccount(lake: OutsideLake): Promise<void> {
    const stored = await lake.query<{ key: string }>("select tenant || ' ' || event_id as key from events");
    const ids = stored.map(({ key }) => key);
    const distinct = new Set(ids);
    const { accepted } = this.#clicks;
    expect({
      lost: [...accepted].filter((id) => !distinct.has(id)),
      doubled: ids.length - distinct.size,
      invented: [...distinct].filter((id) => !accepted.has(id)),
    }).toEqual({ lost: [], doubled: 0, invented: [] });
    for (const table of ["item_windows", "sessions"] as const) {
      const { missing, surplus, rows } = await lake.compare(table);
      expect({ table, missing, surplus, someMissing: await lake.missingRows(table) }).toEqual({
        table,
        missing: 0,
        surplus: 0,
        someMissing: [],
      });
      expect(rows, table).toBeGreaterThan(0);
    }
    const ends = await this.#log.log.offsets(topics.clicks);
    const records = ends.reduce((sum, { endOffset }) => sum + Number(endOffset), 0);
    expect(await this.#storedRepeats(), "repeats").toBe(records - accepted.size);
  }

  async #storedRepeats(): Promise<number> {
    const lake = await openLake({ root: this.#tablesFolder, clock: this.#clock.now, threads: 1 });
    try {
      const { progress } = await (await lake.existingTable("events")).snapshot();
      return [...progress].reduce((sum, [id, count]) => sum + (id.startsWith("repeats/") ? Number(count) : 0), 0);
    } finally {
      await lake.close();
    }
  }

  #takeFrom(members: Member[]): Member {
    return members.splice(this.#below(members.length), 1)[0]!;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}
