import { isDeepStrictEqual } from 'node:util';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { Activation, Command, ExecutionInfo, Failure, Job, Json, Resolution } from './protocol.ts';
import { CancellationScope } from './scopes.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly name: string;
}

export class ContinuedAsNew extends Error {
  override readonly name = 'ContinueAsNew';
  readonly input: Json;
  constructor(input: Json) {
    super('Workflow continued as new');
    this.input = input;
  }
}

/** The workflow code replayed to other commands than those that it had given. */
class NondeterminismError extends Error {}

/** One execution of a workflow: what the SDK keeps in a worker's memory. */
export class Execution {
  static current: Execution | null = null;

  readonly info: ExecutionInfo;
  readonly activities = new Map<number, Pending>();
  readonly timers = new Map<number, Pending>();
  readonly children = new Map<number, Pending>();
  readonly conditions = new Map<number, { readonly holds: () => boolean; readonly resolve: () => void }>();
  readonly signals = new Map<string, () => void>();
  readonly #root = new CancellationScope({ root: true });
  readonly #workflow: (input: Json) => Promise<unknown>;
  readonly #input: Json;
  readonly #seqs = new Map<string, number>();
  readonly #patches = new Map<string, boolean>();
  #commands: Command[] = [];
  /** Patches that the history has, while it is replayed. */
  replaying: ReadonlySet<string> | null = null;
  #broken: { readonly error: unknown } | null = null;
  now: Activation = { nowMs: 0, jobs: [], continueAsNewSuggested: false, historyLength: 0 };
  ended = false;

  constructor(info: ExecutionInfo, workflow: (input: Json) => Promise<unknown>, input: Json) {
    this.info = info;
    this.#workflow = workflow;
    this.#input = input;
  }

  static get active(): Execution {
    if (Execution.current === null) throw new Error('the workflow API was called outside of a workflow');
    return Execution.current;
  }

  push(command: Command): void {
    this.#commands.push(command);
  }

  patched(id: string): boolean {
    const before = this.#patches.get(id);
    if (before !== undefined) return before;
    // Code that was older when it came here may still be live later: this decides nothing for then.
    if (this.replaying !== null && !this.replaying.has(id)) return false;
    this.#patches.set(id, true);
    this.push({ kind: 'patch', id });
    return true;
  }

  next(kind: string): number {
    const seq = (this.#seqs.get(kind) ?? 0) + 1;
    this.#seqs.set(kind, seq);
    return seq;
  }

  /** One task: the news are applied, then the workflow runs until it waits for something. */
  async activate(activation: Activation): Promise<readonly Command[]> {
    const realNow = Date.now;
    Execution.current = this;
    Date.now = () => activation.nowMs;
    this.now = activation;
    this.#commands = [];
    try {
      // Signals come first, and the function starts when they are handled: so does the SDK.
      const signalsFirst = activation.jobs.toSorted((a, b) => rank(a) - rank(b));
      for (const job of signalsFirst) {
        this.#root.run(async () => this.#apply(job));
        this.#unblock();
      }
      do await new Promise(setImmediate);
      while (this.#unblock());
      if (this.#broken !== null) throw this.#broken.error;
      return this.#commands;
    } finally {
      Date.now = realNow;
      Execution.current = null;
    }
  }

  #apply(job: Job): void {
    if (job.kind === 'start') this.#start();
    else if (job.kind === 'cancel') this.#root.cancel('Workflow cancelled');
    else if (job.kind === 'signal') this.signals.get(job.name)?.();
    else if (job.kind === 'timer') settle(this.timers, job.seq)?.resolve(undefined);
    else if (job.kind === 'activity') resolveWith(settle(this.activities, job.seq), job.resolution, job.seq, false);
    else if (job.kind === 'child') resolveWith(settle(this.children, job.seq), job.resolution, job.seq, true);
  }

  #start(): void {
    this.#workflow(this.#input).then(
      (result) => this.#end({ kind: 'completed', result: resultOf(result) }),
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown) {
    if (error instanceof ContinuedAsNew) return this.#end({ kind: 'continued', input: error.input });
    if (this.#root.consideredCancelled && isCancellation(error)) return this.#end({ kind: 'cancelled' });
    if (error instanceof TemporalFailure) {
      const type = error instanceof ApplicationFailure ? (error.type ?? 'Error') : error.name;
      return this.#end({ kind: 'failed', type, message: error.message });
    }
    // Any other error fails the task and not the workflow, and the server would repeat the task without an end.
    this.#broken = { error };
  }

  #end(command: Command): void {
    this.ended = true;
    this.push(command);
  }

  #unblock(): boolean {
    let some = false;
    for (const [seq, { holds, resolve }] of this.conditions) {
      if (!holds()) continue;
      this.conditions.delete(seq);
      resolve();
      some = true;
    }
    return some;
  }
}

/** Throws unless a new worker, which has only the history, comes to the same commands. */
export async function replayed(
  make: () => Execution,
  past: readonly { readonly activation: Activation; readonly commands: readonly Command[] }[],
): Promise<Execution> {
  const execution = make();
  const patches = past.flatMap(({ commands }) => commands.flatMap((one) => (one.kind === 'patch' ? [one.id] : [])));
  execution.replaying = new Set(patches);
  for (const { activation, commands } of past) {
    const again = await execution.activate(activation);
    if (!isDeepStrictEqual(again, commands)) {
      throw new NondeterminismError(
        `replay gave ${JSON.stringify(again.map(brief))} where the history has ${JSON.stringify(commands.map(brief))}`,
      );
    }
  }
  execution.replaying = null;
  return execution;
}

function resultOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null));
}

export function isCancellation(error: unknown): boolean {
  if (error instanceof CancelledFailure) return true;
  const carries = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return carries && error.cause instanceof CancelledFailure;
}

/** A value as it is after it has passed through history. */
export function asJson<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

function brief(command: Command): string {
  return command.kind === 'activity' ? `${command.type} ${command.seq}` : command.kind;
}

function rank(job: Job): number {
  return job.kind === 'signal' ? 0 : job.kind === 'start' ? 2 : 1;
}

function settle(pending: Map<number, Pending>, seq: number): Pending | undefined {
  const found = pending.get(seq);
  pending.delete(seq);
  return found;
}

function resolveWith(pending: Pending | undefined, resolution: Resolution, seq: number, child: boolean) {
  if (pending === undefined) return;
  if (resolution.kind === 'completed') return pending.resolve(asJson(resolution.result));
  const cause = errorOf(resolution.failure);
  const { retryState } = resolution;
  pending.reject(
    child
      ? new ChildWorkflowFailure('default', { workflowId: pending.name }, pending.name, retryState, cause)
      : new ActivityFailure('Activity task failed', pending.name, `${seq}`, retryState, 'worker', cause),
  );
}

function errorOf(failure: Failure): Error {
  if (failure.kind === 'cancelled') return new CancelledFailure('Cancelled');
  if (failure.kind === 'timeout') return new TimeoutFailure('Activity timed out', undefined, failure.timeout);
  const { type, message, nonRetryable, details } = failure;
  return ApplicationFailure.create({ type, message, nonRetryable, details: [...details] });
}

export const cancelledResolution: Resolution = {
  kind: 'failed',
  failure: { kind: 'cancelled' },
  retryState: RetryState.CANCEL_REQUESTED,
};
