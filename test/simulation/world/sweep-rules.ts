import { isDeepStrictEqual } from 'node:util';
import type { Activation, Command, Json, Resolution } from '../sdk/protocol.ts';
import type { Attempt } from '../server/activity-run.ts';
import type { Closing, Of, Server, Surroundings } from '../server/server.ts';
import { PackLosses } from './pack-losses.ts';
import type { Partition } from './partitions.ts';
import { fieldsOf, type SweepWorld } from './sweep-world.ts';

interface Drain {
  readonly from: number;
  readonly to: number;
}

/** The rules that a sweep keeps, checked while it works and when it has ended. */
export class SweepRules implements Surroundings {
  readonly findings: string[] = [];
  /** Most drains that were open at once. */
  busiest = 0;
  readonly #world: SweepWorld;
  readonly #input: Json;
  readonly #open = new Map<number, Drain>();
  readonly #losses: PackLosses;
  /** Packs begun in this execution after the server had suggested a new one. */
  #late = 0;
  #begun = new Set<number>();
  #probes = 0;
  #plan: Json = null;

  constructor(world: SweepWorld, input: Json) {
    this.#world = world;
    this.#input = input;
    this.#losses = new PackLosses(world.scenario.maxRetries);
  }

  perform({ type, args }: { readonly type: string; readonly args: readonly Json[] }): Attempt {
    return this.#world.perform(type, args);
  }

  scheduled({ seq, type, args }: Of<'activity'>, activation: Activation): void {
    const { lease, begun } = this.#world;
    const { run, plan, from, to, alone } = fieldsOf(args[0]);
    if (type === 'finish' && this.#open.size > 0) this.#find('the run was ended while partitions were worked on');
    if (type === 'probe') {
      this.#probes += 1;
      if (this.#probes > 1) this.#find('two probes of the store at once');
      if (!this.#losses.storeLost) this.#find('a probe without a store that failed');
    }
    if (type !== 'drain') return;
    if (lease !== 'held') this.#find(`partitions ${from} to ${to} were taken up without the lease`);
    if (!isDeepStrictEqual(run, begun)) this.#find('the run is not the one that was begun');
    this.#plan ??= plan ?? null;
    if (!isDeepStrictEqual(plan, this.#plan)) this.#find('the plan is not the one of the survey');
    const drain = { from: Number(from), to: Number(to) };
    for (const other of this.#open.values()) {
      if (other.from <= drain.to && drain.from <= other.to) this.#find(`partition ${drain.from} is worked on twice`);
    }
    if (alone !== true && !this.#begun.has(drain.from)) {
      this.#begun.add(drain.from);
      // One pack may wait for room when the suggestion comes.
      if (activation.continueAsNewSuggested) this.#late += 1;
      if (this.#late > 1) this.#find('new packs were begun although a new history was suggested');
    }
    if (!this.#losses.begins(drain.from)) this.#find(`pack ${drain.from} did not wait for the store`);
    this.#open.set(seq, drain);
    this.busiest = Math.max(this.busiest, this.#open.size);
    if (this.#open.size > this.#world.scenario.concurrency) this.#find(`${this.#open.size} packs are open at once`);
  }

  settled({ seq, type, args }: Of<'activity'>, resolution: Resolution): void {
    if (type === 'probe') {
      this.#probes -= 1;
      this.#losses.probed(resolution);
    }
    if (type !== 'drain') return;
    this.#open.delete(seq);
    const { from, alone } = fieldsOf(args[0]);
    this.#losses.ended(Number(from), alone === true, resolution);
  }

  closed(command: Command, open: { readonly activities: number; readonly timers: number }): void {
    if (this.#open.size > 0) this.#find('the workflow ended while partitions were worked on');
    if (command.kind !== 'continued') return;
    if (open.activities + open.timers > 0) this.#find('it continued as new with activities or timers open');
    const { continued, ...input } = fieldsOf(command.input);
    const { run, plan, after } = fieldsOf(continued);
    const { continued: _, ...first } = fieldsOf(this.#input);
    if (!isDeepStrictEqual(input, first)) this.#find('continue-as-new changed the input');
    if (!isDeepStrictEqual(run, this.#world.begun)) this.#find('continue-as-new lost the run');
    if (!isDeepStrictEqual(plan, this.#plan) && this.#plan !== null) this.#find('continue-as-new lost the plan');
    for (const { no, state } of this.#world.partitions) {
      if (no <= Number(after) && state === 'open') this.#find(`continue-as-new passed over partition ${no}`);
    }
    this.#late = 0;
    this.#begun = new Set();
  }

  /** When nothing happens any more. */
  conclude(server: Server): void {
    const { scenario, lease, record, fatal, partitions } = this.#world;
    const { closing } = server;
    if (lease !== 'free') this.#find('the lease was not released');
    if (record?.status === 'running') this.#find('the record was not closed');
    if (closing === null) return;
    const status = this.#statusOf(closing);
    const expected = this.#expected(server, [...fatal, ...this.#losses.fatal]);
    if (!expected.includes(status)) this.#find(`it ended ${status}, expected ${expected.join(' or ')}`);
    if (closing.kind === 'completed' && status !== 'skipped') this.#checkResult(closing);
    if (status !== 'success' && status !== 'partial') {
      // The rules of a run that ended early end here: what it has done was checked on the way.
      if (scenario.kind === 'preview' && partitions.some(({ handled }) => handled > 0))
        this.#find('a preview changed rows');
      return;
    }
    for (const partition of partitions) this.#checkPartition(partition);
  }

  #statusOf(closing: Closing): string {
    return closing.kind === 'completed' ? String(fieldsOf(closing.result).status) : closing.kind;
  }

  #expected({ cancelRequested }: Server, fatal: readonly string[]): readonly string[] {
    const { scenario, partitions } = this.#world;
    const dead = partitions.some(({ state }) => state === 'dead');
    const usual = scenario.heldByOther
      ? 'skipped'
      : scenario.kind === 'preview'
        ? 'preview'
        : scenario.kind === 'sweep' && scenario.excess
          ? 'held'
          : dead
            ? 'partial'
            : 'success';
    if (cancelRequested) return [usual, 'cancelled', ...(fatal.length > 0 ? ['failed'] : [])];
    return fatal.length > 0 && usual !== 'skipped' ? ['failed'] : [usual];
  }

  /** The result, the record and the rows have the same numbers. */
  #checkResult({ result }: Of<'completed'>): void {
    const { record, partitions } = this.#world;
    const { status, totals } = fieldsOf(result);
    const handled = partitions.reduce((sum, one) => sum + one.handled, 0);
    const counted = Number(fieldsOf(totals).deleted_documents);
    if (status !== record?.status) this.#find(`the result is ${status}, the record ${record?.status}`);
    if (counted !== handled) this.#find(`the result counts ${counted} rows, ${handled} were handled`);
  }

  /** Each partition is done with every row, or given up for a reason, and named. */
  #checkPartition(partition: Partition) {
    const { no, trait, state, rows, handled } = partition;
    if (state === 'done') {
      if (handled !== rows) this.#find(`partition ${no} is done with ${handled} of ${rows} rows`);
      if (!['sound', 'passing', 'busy'].includes(trait)) this.#find(`partition ${no} is done although it is ${trait}`);
      return;
    }
    if (state === 'open') return this.#find(`partition ${no} was passed over`);
    const letter = this.#world.deadLetters.get(no);
    const reason = this.#losses.reasonToGiveUp(partition);
    if (reason === null)
      this.#find(`partition ${no} (${trait}) was given up after ${letter?.attempts}: ${letter?.error}`);
    else if (!isDeepStrictEqual(letter, reason)) {
      this.#find(`partition ${no} was given up for ${JSON.stringify(letter)}, expected ${JSON.stringify(reason)}`);
    }
  }

  #find(finding: string): void {
    if (this.findings.length < 20) this.findings.push(finding);
  }
}
