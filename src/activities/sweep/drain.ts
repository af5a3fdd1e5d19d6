import { toStoreError } from '../../database/errors.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { openPartitions, type RunPartition } from '../../state/runs/run-partitions.ts';
import { checkConfiguration } from './configuration.ts';
import type { SweepDeps } from './deps.ts';
import { drainGroup } from './drain-group.ts';
import { drainPartition } from './drain-partition.ts';
import {
  EndpointRefusedError,
  FenceLostError,
  LeaseLostError,
  MappingChangedError,
  WrongInstallationError,
} from './errors.ts';
import { Grouping } from './grouping.ts';
import { probeStores } from './probe.ts';
import { logStoreText } from './store-text.ts';
import type { OpenSweepable } from './sweepable.ts';
import type { DrainInput, DrainResult } from './types.ts';

/** In flight at so many crashes, a partition no longer shares an activity with others. */
const crashesToIsolate = 2;

/**
 * Works through a pack's partitions one after the other until they are finished or the slice ends. A partition that
 * fails is handed back by number and the pack goes on; what concerns all of them alike is thrown.
 */
export async function drain(deps: SweepDeps, input: DrainInput, signal: AbortSignal): Promise<DrainResult> {
  const { run } = input;
  if (run.installation !== deps.installation) throw new WrongInstallationError(run.installation, deps.installation);
  checkConfiguration(deps, run);
  const collections = await openChecked(deps, input);
  const slice = { endsAt: performance.now() + run.timings.sliceMs, stopping: deps.stopping };
  const result = { remaining: false, isolate: [] as number[], busy: [] as number[], commits: 0 };
  const onCommit = () => {
    result.commits += 1;
  };
  const rows = await openPartitions(deps.db, run.runNo, input.from, input.to);
  const grouping = new Grouping(deps, input);
  for (let at = 0; at < rows.length; ) {
    if (isOver(slice) || signal.aborted) return { ...result, remaining: true };
    const together = await drainTogether(deps, { ...input, rows, at, collections, grouping, signal, onCommit, result });
    at += together.handled;
    for (const row of together.left) {
      const outcome = await drainOne(deps, { ...input, row, collections, signal, onCommit, slice, result });
      if (outcome === 'more') return { ...result, remaining: true };
    }
  }
  return result;
}

type Collections = ReadonlyMap<string, OpenSweepable>;

interface Together extends DrainInput {
  readonly rows: readonly RunPartition[];
  readonly at: number;
  readonly collections: Collections;
  readonly grouping: Grouping;
  readonly signal: AbortSignal;
  readonly onCommit: () => void;
  readonly result: { readonly commits: number };
}

/** Small partitions that come next, at once; what is left of them goes one by one, and always the first at the least. */
async function drainTogether(
  deps: SweepDeps,
  { rows, at, collections, grouping, signal, result, ...input }: Together,
): Promise<{ handled: number; left: readonly RunPartition[] }> {
  const first = rows[at];
  const open = collections.get(first?.collection ?? '');
  const together = input.alone || input.run.kind !== 'sweep' ? null : (open?.work.together ?? null);
  const group = together === null ? [] : grouping.next(rows, at, together.mostRows);
  if (open === undefined || together === null || group.length < 2) {
    return { handled: 1, left: first === undefined ? [] : [first] };
  }
  const begunAt = performance.now();
  try {
    const left = await drainGroup(deps, { ...input, rows: group, together, signal });
    grouping.took(group, performance.now() - begunAt, open);
    return { handled: group.length, left };
  } catch (caught) {
    const error = await oneFailed(deps, { ...input, signal, result }, caught);
    deps.log.warn({ run_id: input.run.runId, partitions: group.length, error }, 'group taken apart');
    return { handled: group.length, left: group };
  }
}

interface One extends DrainInput {
  readonly row: RunPartition;
  readonly collections: Collections;
  readonly signal: AbortSignal;
  readonly onCommit: () => void;
  readonly slice: Slice;
  readonly result: { readonly isolate: number[]; readonly busy: number[]; readonly commits: number };
}

async function drainOne(deps: SweepDeps, { slice, result, collections, ...input }: One): Promise<'more' | 'go on'> {
  const { run, row } = input;
  const open = collections.get(row.collection);
  if (open === undefined) throw new MappingChangedError(row.collection);
  if (!input.alone && row.crashes + (row.state === 'working' ? 1 : 0) >= crashesToIsolate) {
    result.isolate.push(row.no);
    return 'go on';
  }
  try {
    const outcome = await drainPartition(deps, { ...input, open, isOver: () => isOver(slice) });
    if (outcome === 'busy') result.busy.push(row.no);
    return outcome === 'more' ? 'more' : 'go on';
  } catch (caught) {
    const error = await oneFailed(deps, { ...input, result }, caught);
    deps.log.warn({ run_id: run.runId, partition_no: row.no, error }, 'partition failed in its pack');
    result.isolate.push(row.no);
    return 'go on';
  }
}

interface Slice {
  readonly endsAt: number;
  readonly stopping: AbortSignal;
}

function isOver(slice: Slice): boolean {
  return slice.stopping.aborted || performance.now() >= slice.endsAt;
}

/** Opens the run's collections and refuses work that was surveyed under another mapping. */
async function openChecked(deps: SweepDeps, input: DrainInput): Promise<Map<string, OpenSweepable>> {
  const opened = new Map<string, OpenSweepable>();
  for (const { collection, open } of deps.sweepables(input.run.job)) {
    const surveyed = input.plan.fingerprints[collection];
    // Left out of the run: the others do not wait for it.
    if (surveyed === undefined) continue;
    const one = await open(deps.db);
    if (surveyed !== one.fingerprint && one.formerFingerprints?.includes(surveyed) !== true) {
      throw new MappingChangedError(collection);
    }
    opened.set(collection, one);
  }
  return opened;
}

interface Failing extends DrainInput {
  readonly signal: AbortSignal;
  readonly result: { readonly commits: number };
}

/** Throws on what concerns more than the partition that failed; else its name, for the log. */
async function oneFailed(deps: SweepDeps, input: Failing, caught: unknown): Promise<string> {
  const { alone, signal, result } = input;
  const error = signal.aborted ? caught : await judged(deps, input, caught);
  if (alone || concernsAll(error) || signal.aborted) throw withCommits(error, result.commits);
  logStoreText(deps, error);
  return error instanceof Error ? error.name : 'Error';
}

/** A store that leaves a probe without an answer too is down: it is not this partition that is at fault. */
async function judged(deps: SweepDeps, { run, plan }: DrainInput, error: unknown): Promise<unknown> {
  const known = toStoreError(error);
  if (!(known instanceof StoreError) || known.name !== 'TimeoutError') return error;
  try {
    await probeStores(deps, run.job, Object.keys(plan.fingerprints));
    return error;
  } catch {
    return new StoreError('ConnectionError', known.message, { cause: known });
  }
}

function concernsAll(error: unknown): boolean {
  if (error instanceof FenceLostError || error instanceof LeaseLostError) return true;
  if (error instanceof MappingChangedError || error instanceof EndpointRefusedError) return true;
  const known = toStoreError(error);
  return known instanceof StoreError && known.wholeStore;
}

/** How far the activity got before it failed, for the workflow to tell progress from none. */
const commitsOfError = new WeakMap<object, number>();

function withCommits(error: unknown, commits: number): unknown {
  if (typeof error === 'object' && error !== null) commitsOfError.set(error, commits);
  return error;
}

export function commitsBefore(error: unknown): number {
  return typeof error === 'object' && error !== null ? (commitsOfError.get(error) ?? 0) : 0;
}
