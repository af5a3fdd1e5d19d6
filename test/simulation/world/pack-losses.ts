import { RetryState } from '@temporalio/common';
import type { Json, Resolution } from '../sdk/protocol.ts';
import type { Partition } from './partitions.ts';
import { fieldsOf } from './sweep-world.ts';

/** The rules of docs/operations.md and of the code's comments, written a second time. */
const mostIdleRounds = 20;

type Loss = 'declined' | 'lost' | 'store' | 'fatal' | 'failed';

const losses: Readonly<Record<string, Loss>> = {
  StoreUnavailableError: 'store',
  OtherConfigurationError: 'declined',
  FenceLostError: 'lost',
  AbortError: 'lost',
  LeaseLostError: 'fatal',
};

interface Work {
  idle: number;
  busy: number;
  /** The last end, as it would be told of the partition. */
  last: { readonly loss: Loss; readonly attempts: number; readonly error: string } | null;
}

/** Follows how packs and partitions fail: which must end the run, which must end the partition. */
export class PackLosses {
  /** Why the run must fail. */
  readonly fatal: string[] = [];
  readonly #maxRetries: number;
  readonly #packs = new Map<number, Work>();
  readonly #alone = new Map<number, Work>();
  /** Work that the store has failed and that has not begun again, and whether a probe has answered since. */
  readonly #waiting = new Map<number, { answered: boolean }>();

  constructor(maxRetries: number) {
    this.#maxRetries = maxRetries;
  }

  /** Whether somebody has a reason to ask for the store. */
  get storeLost(): boolean {
    return this.#waiting.size > 0;
  }

  /** Work begins: false when it should have waited for the store. */
  begins(from: number): boolean {
    const waiting = this.#waiting.get(from);
    this.#waiting.delete(from);
    return waiting === undefined || waiting.answered;
  }

  probed(resolution: Resolution): void {
    if (resolution.kind === 'completed') {
      for (const waiting of this.#waiting.values()) waiting.answered = true;
    } else if (resolution.failure.kind !== 'cancelled') this.fatal.push('probe');
  }

  ended(from: number, alone: boolean, resolution: Resolution) {
    const works = alone ? this.#alone : this.#packs;
    const work = works.get(from) ?? { idle: 0, busy: 0, last: null };
    works.set(from, work);
    if (resolution.kind === 'completed') return countResult(work, resolution.result);
    const { failure, retryState } = resolution;
    const type = failure.kind === 'application' ? failure.type : 'ActivityTimeoutError';
    const loss = failure.kind === 'application' ? (losses[type] ?? 'failed') : 'lost';
    const progress = failure.kind === 'application' && Number(fieldsOf(failure.details[0]).commits) > 0;
    work.idle = progress ? 0 : work.idle + 1;
    const exhausted = retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
    work.last = {
      loss: loss === 'failed' && progress ? 'lost' : loss,
      attempts: exhausted ? this.#maxRetries + 2 : 2,
      error: type,
    };
    if (loss === 'store') this.#waiting.set(from, { answered: false });
    const over = work.idle > mostIdleRounds;
    if (loss === 'fatal') this.fatal.push(type);
    if (alone && loss === 'declined' && over) this.fatal.push(type);
    if (!alone && (over || (loss === 'failed' && work.idle > this.#maxRetries))) this.fatal.push(type);
  }

  /** Content that its dead letter must have; `null`: the partition must not be given up. */
  reasonToGiveUp({ no }: Partition): { readonly attempts: number; readonly error: string } | null {
    const work = this.#alone.get(no);
    if (work === undefined) return null;
    const { last, idle } = work;
    if (last === null && work.busy > mostIdleRounds) return { attempts: work.busy, error: 'PartitionBusyError' };
    if (last === null || (last.loss !== 'failed' && idle <= mostIdleRounds)) return null;
    return { attempts: last.attempts, error: last.error };
  }
}

function countResult(work: Work, result: Json): void {
  const { remaining, busy, commits } = fieldsOf(result);
  work.last = null;
  if (Array.isArray(busy) && busy.length > 0) work.busy += 1;
  if (Number(commits) > 0) work.idle = 0;
  else if (remaining === true || (Array.isArray(busy) && busy.length === 0)) work.idle += 1;
}
