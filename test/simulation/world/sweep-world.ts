import { packPartitions } from '../../../src/domain/packs.ts';
import type { Json } from '../sdk/protocol.ts';
import type { Attempt, Ending } from '../server/activity-run.ts';
import type { Dice } from './dice.ts';
import { type DrainRange, Drains } from './drains.ts';
import { completed, failed } from './endings.ts';
import { type Partition, partitionsOf } from './partitions.ts';
import type { SweepScenario } from './scenario.ts';
import { step } from './steps.ts';

type Fields = { readonly [name: string]: Json | undefined };

/** The activities of a sweep and the stores behind them, as far as the workflow can tell. */
export class SweepWorld {
  readonly partitions: readonly Partition[];
  readonly drains: Drains;
  readonly scenario: SweepScenario;
  /** Why the run has to fail: what was done to it that no run survives. */
  readonly fatal: string[] = [];
  lease: 'free' | 'held' = 'free';
  record: { status: string; totals: number; dead: number } | null = null;
  readonly deadLetters = new Map<number, { attempts: number; error: string }>();
  /** Run, plan and input, as they were when the run began. */
  begun: Json = null;
  notified = 0;
  readonly #dice: Dice;

  constructor(scenario: SweepScenario, dice: Dice, elapsedMs: () => number) {
    this.scenario = scenario;
    this.#dice = dice;
    this.partitions = partitionsOf(scenario.partitions);
    this.drains = new Drains({ scenario, dice, partitions: this.partitions, elapsedMs, fatal: this.fatal });
  }

  perform(type: string, args: readonly Json[]): Attempt {
    const [input] = args;
    if (type === 'drain') return this.drains.attempt(rangeOf(input), this.lease === 'held');
    if (type === 'probe') return this.drains.probe();
    return this.#step(type, () => this.#act(type, args));
  }

  #step(type: string, act: () => Ending): Attempt {
    const { controlRate: passing, controlFatalRate } = this.scenario;
    // The end of a run is only ever delayed: a record that nobody can write is found closed by others.
    const mayBeFatal = type !== 'finish' && type !== 'notifyHeld' && type !== 'begin';
    const rates = { passing, fatal: mayBeFatal ? controlFatalRate : 0 };
    return step(this.#dice, rates, act, () => this.fatal.push(type));
  }

  #act(type: string, args: readonly Json[]): Ending {
    const [input, second] = args;
    if (type === 'begin') return this.#begin(fieldsOf(input));
    if (type === 'survey') return completed(this.#survey());
    if (type === 'planUndo') return completed(this.#plan(7));
    if (type === 'nextPacks') return completed(this.#nextPacks(Number(second)));
    if (type === 'giveUp') return this.#giveUp(fieldsOf(input));
    if (type === 'finish') return completed(this.#finish(fieldsOf(input)));
    if (type !== 'notifyHeld') throw new Error(`there is no activity ${type}`);
    this.notified += 1;
    return this.#dice.chance(0.3) ? failed('WebhookError', true) : completed(null);
  }

  #begin(input: Fields): Ending {
    const { scenario } = this;
    const { kind } = scenario;
    if (scenario.heldByOther) return completed({ begun: false, holder: { workflow_id: 'other', run_id: 'other' } });
    const run = runOf(input, scenario);
    this.begun = run;
    if (kind !== 'preview') this.lease = 'held';
    this.record ??= { status: 'running', totals: 0, dead: 0 };
    return completed({ begun: true, run });
  }

  #survey(): Json {
    const { undoneRunNo: _, ...plan } = this.#plan(null);
    return { ...plan, hash: 'hash', excess: this.scenario.excess ? ['above the limit'] : [] };
  }

  #plan(undoneRunNo: number | null) {
    const due = this.partitions.reduce((sum, { rows }) => sum + rows, 0);
    const fingerprints = { documents: 'fingerprint' };
    return { cutoff: '2026-01-01T00:00:00Z', fingerprints, partitions: this.partitions.length, due, undoneRunNo };
  }

  #nextPacks(beyond: number): Json {
    const { packRows: maxWeight, packPartitions: maxPartitions, packsOfPage } = this.scenario;
    const open = this.partitions.filter(({ no, state }) => no > beyond && state === 'open');
    const weights = open.map(({ no, rows }) => ({ no, weight: rows }));
    const all = packPartitions(weights, { maxWeight, maxPartitions });
    const packs = all.slice(0, packsOfPage).map((pack) => ({ ...pack }));
    return { packs, next: packs.length === all.length ? null : (packs.at(-1)?.to ?? null) };
  }

  #giveUp({ no, attempts, error }: Fields): Ending {
    if (this.lease !== 'held') return failed('LeaseLostError', true);
    const partition = this.partitions.find((one) => one.no === no);
    if (partition === undefined) throw new Error(`there is no partition ${no}`);
    if (partition.state !== 'open') return completed(null);
    partition.state = 'dead';
    this.deadLetters.set(partition.no, { attempts: Number(attempts), error: String(fieldsOf(error).name) });
    return completed(null);
  }

  #finish({ status }: Fields): Json {
    const totals = this.partitions.reduce((sum, { handled }) => sum + handled, 0);
    const dead = this.partitions.filter(({ state }) => state === 'dead').length;
    const ended = status ?? (dead > 0 ? 'partial' : 'success');
    if (this.record === null || this.record.status === 'running') {
      this.record = { status: String(ended), totals, dead };
    }
    this.lease = 'free';
    return { status: this.record.status, totals: { deleted_documents: this.record.totals }, partitions: { dead } };
  }
}

interface RunSettings {
  readonly maxRetries: number;
  readonly concurrency: number;
  readonly outageMs: number;
}

/** The run as the activity `begin` hands it to the workflow. */
export function runOf(input: Fields, { maxRetries, concurrency, outageMs }: RunSettings): Json {
  const { runId, workflowId, namespace, job, kind, parameters } = input;
  return {
    ...{ runId, workflowId, namespace, job, kind, parameters, concurrency },
    installation: 'simulated',
    runNo: 1,
    lease: kind === 'preview' ? null : { name: String(job), generation: 1 },
    retry: {
      max_retries: maxRetries,
      retry_delay_seconds: 1,
      retry_backoff_multiplier: 2,
      retry_max_delay_seconds: 60,
      retry_on_errors: ['ConnectionError'],
    },
    timings: { heartbeatTimeoutMs: 20_000, sliceMs: 60_000, outageMs },
    searchAttributes: true,
  };
}

function rangeOf(input: Json | undefined): DrainRange {
  const { from, to, alone } = fieldsOf(input);
  return { from: Number(from), to: Number(to), alone: alone === true };
}

export function fieldsOf(input: Json | undefined): Fields {
  return isFields(input) ? input : {};
}

function isFields(input: Json | undefined): input is Fields {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
