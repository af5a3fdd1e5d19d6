/**
 * Stand-in for the part of `@temporalio/workflow` that the workflows import. The same code of the workflows runs on it
 * in plain Node, with a clock that the simulation moves. Its histories replay on the real SDK (real-sdk.e2e.test.ts).
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { asJson, ContinuedAsNew, Execution, isCancellation } from './execution.ts';
import type { Json } from './protocol.ts';
import { CancellationScope } from './scopes.ts';

export {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/common';
export { ActivityCancellationType, CancellationScope, ContinuedAsNew as ContinueAsNew, isCancellation };
export const ParentClosePolicy = { ABANDON: 'ABANDON', TERMINATE: 'TERMINATE', REQUEST_CANCEL: 'REQUEST_CANCEL' };

type Activity = ((...args: readonly Json[]) => Promise<unknown>) & {
  readonly executeWithOptions: (options: ActivityOptions, args: readonly Json[]) => Promise<unknown>;
};

export function proxyActivities(options: ActivityOptions): Readonly<Record<string, Activity>> {
  return new Proxy<Record<string, Activity>>(
    {},
    {
      get: (_, type) => {
        const name = String(type);
        const executeWithOptions = (more: ActivityOptions, args: readonly Json[]) =>
          schedule(name, { ...options, ...more }, args);
        return Object.assign((...args: readonly Json[]) => schedule(name, options, args), { executeWithOptions });
      },
    },
  );
}

function schedule(type: string, options: ActivityOptions, args: readonly Json[]): Promise<unknown> {
  const execution = Execution.active;
  const seq = execution.next('activity');
  return new Promise((resolve, reject) => {
    const scope = CancellationScope.current();
    if (scope.consideredCancelled) return void scope.cancelRequested.catch(reject);
    if (scope.cancellable) {
      scope.cancelRequested.catch(() => {
        if (execution.activities.has(seq)) execution.push({ kind: 'cancel_activity', seq });
      });
    }
    execution.push({ kind: 'activity', seq, type, args: asJson(args), options });
    execution.activities.set(seq, { resolve, reject, name: type });
  });
}

export function sleep(duration: number | string): Promise<void> {
  const execution = Execution.active;
  const seq = execution.next('timer');
  return new Promise((resolve, reject) => {
    const scope = CancellationScope.current();
    if (scope.consideredCancelled) return void scope.cancelRequested.catch(reject);
    if (scope.cancellable) {
      scope.cancelRequested.catch((error: unknown) => {
        if (!execution.timers.delete(seq)) return;
        execution.push({ kind: 'cancel_timer', seq });
        reject(error);
      });
    }
    const ms = typeof duration === 'number' ? duration : msToNumber(duration);
    execution.push({ kind: 'timer', seq, ms: Math.max(1, ms) });
    execution.timers.set(seq, { resolve: () => resolve(), reject, name: 'timer' });
  });
}

export async function condition(holds: () => boolean, timeoutMs?: number): Promise<boolean> {
  if (timeoutMs === undefined) return until(holds).then(() => true);
  return CancellationScope.cancellable(async () => {
    try {
      return await Promise.race([sleep(timeoutMs).then(() => false), until(holds).then(() => true)]);
    } finally {
      CancellationScope.current().cancel();
    }
  });
}

function until(holds: () => boolean): Promise<void> {
  const execution = Execution.active;
  return new Promise((resolve, reject) => {
    const scope = CancellationScope.current();
    if (scope.consideredCancelled) return void scope.cancelRequested.catch(reject);
    const seq = execution.next('condition');
    if (scope.cancellable) {
      scope.cancelRequested.catch((error: unknown) => {
        execution.conditions.delete(seq);
        reject(error);
      });
    }
    if (holds()) return resolve();
    execution.conditions.set(seq, { holds, resolve });
  });
}

interface ChildOptions {
  readonly args: readonly Json[];
  readonly workflowId: string;
}

export function executeChild(
  workflow: { readonly name: string },
  { args, workflowId }: ChildOptions,
): Promise<unknown> {
  const execution = Execution.active;
  const seq = execution.next('child');
  return new Promise((resolve, reject) => {
    const scope = CancellationScope.current();
    if (scope.consideredCancelled) return void scope.cancelRequested.catch(reject);
    if (scope.cancellable) {
      scope.cancelRequested.catch(() => {
        if (execution.children.has(seq)) execution.push({ kind: 'cancel_child', seq });
      });
    }
    execution.push({ kind: 'child', seq, type: workflow.name, id: workflowId, input: asJson(args[0] ?? null) });
    execution.children.set(seq, { resolve, reject, name: workflow.name });
  });
}

export const patched = (id: string): boolean => Execution.active.patched(id);

export const defineSignal = (name: string) => ({ name });

export function setHandler({ name }: { readonly name: string }, handler: () => void): void {
  Execution.active.signals.set(name, handler);
}

export function continueAsNew(input: Json): never {
  throw new ContinuedAsNew(asJson(input));
}

export function workflowInfo() {
  const { info, now } = Execution.active;
  const { continueAsNewSuggested, historyLength } = now;
  return { ...info, continueAsNewSuggested, historyLength };
}

export function upsertSearchAttributes(
  pairs: readonly { readonly key: { readonly name: string }; readonly value: string }[],
): void {
  const attributes = Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]));
  Execution.active.push({ kind: 'search_attributes', attributes });
}

/** Shown to people, and not a part of the history. */
export function setCurrentDetails(_details: string): void {}
