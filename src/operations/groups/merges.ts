import { boundedTransaction } from '../../database/transaction.ts';
import type { MergeKind } from '../../domain/merging/merge-record.ts';
import type { MergeEvidence, MergeStateName } from '../../domain/merging/merge-state.ts';
import { decideMerge, findMerge, type ListedMerge, listMerges as read } from '../../state/merges/list.ts';
import { recordedMerge } from '../../state/merges/merge-ledger.ts';
import { laterMerge } from '../../state/merges/merges.ts';
import type { DescribedEntity } from '../../stores/ports/graph-merging.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { seenByCollection } from '../access/visible.ts';
import { type Context, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface MergeJson {
  readonly id: string;
  readonly graph: string;
  readonly group_id: string;
  readonly kind: MergeKind;
  readonly type: string;
  readonly state: MergeStateName;
  /** The entity that stays, or would stay. */
  readonly survivor: string;
  readonly loser: string;
  /** Log2 of the odds that the two are one thing; `null` without a model. */
  readonly bits: number | null;
  readonly guard: string | null;
  readonly evidence: MergeEvidence;
  /** Why it was not merged or not taken apart, or how it was taken apart. */
  readonly reason: string | null;
  /** The run that merged the two. */
  readonly run_id: string | null;
  readonly created_at: string;
  readonly merged_at: string | null;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
}

/** One of the two as it is in the graph now. */
export interface MergeSideJson {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly text: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly neighbours: readonly string[];
  readonly created_at: string | null;
}

export interface MergeDetailJson extends MergeJson {
  /** `null`: it does not exist, or its graph is not configured any more. */
  readonly survivor_side: MergeSideJson | null;
  readonly loser_side: MergeSideJson | null;
  /** Effects of the merge; `null`: the pair is not merged, or its changes are not kept any more. */
  readonly merged: {
    readonly moved_edges: number;
    readonly joined_edges: number;
    readonly changed_values: readonly string[];
  } | null;
}

export interface MergePageJson {
  readonly merges: readonly MergeJson[];
  readonly next_cursor: string | null;
}

export interface MergeQuery {
  readonly graph: string | null;
  readonly group: string | null;
  readonly state: MergeStateName | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Form of a cursor. */
export const mergeCursorForm = /^m[0-9]{1,18}$/;
const idForm = /^[0-9]{1,18}$/;

/** Pairs, the latest first. */
export async function listMerges(context: Context, { limit, cursor, ...filter }: MergeQuery): Promise<MergePageJson> {
  await installationOf(context);
  if (cursor !== null && !mergeCursorForm.test(cursor)) {
    const hint = 'Take next_cursor from the page before as it is.';
    throw new OperationError('usage', 'InvalidCursorError', 'this is no cursor of a list of merges', hint);
  }
  const page = { before: cursor?.slice(1) ?? null, limit: limit + 1, seen: seenByCollection(context) };
  const found = await read(context.parts.db, filter, page);
  const merges = found.slice(0, limit);
  const last = found.length > limit ? merges.at(-1) : undefined;
  return { merges: merges.map(toJson), next_cursor: last === undefined ? null : `m${last.id}` };
}

/** One pair with both sides as they are now. */
export async function showMerge(context: Context, id: string): Promise<MergeDetailJson> {
  await installationOf(context);
  return toDetail(context, await mergeOf(context, context.parts.db, id, false));
}

export type MergeDecision = 'accept' | 'never' | 'split';

/**
 * A person decides about a pair, and the next run of `deduplicate-facts` acts on it: it merges what was accepted, and takes
 * apart what is to be split.
 */
export async function decideOnMerge(context: Context, id: string, decision: MergeDecision): Promise<MergeDetailJson> {
  await installationOf(context);
  const { db } = context.parts;
  await boundedTransaction(db, async (tx) => {
    const merge = await mergeOf(context, tx, id, true);
    requireOpen(merge, decision);
    if (decision === 'split') await requireSplittable(tx, merge);
    const state = ({ accept: 'accepted', never: 'never', split: 'splitting' } as const)[decision];
    await decideMerge(tx, id, state, context.requestedBy);
  });
  return toDetail(context, await mergeOf(context, db, id, false));
}

function requireOpen({ id, state }: ListedMerge, decision: MergeDecision): void {
  const refuse = (message: string, hint: string) => {
    throw new OperationError('conflict', 'MergeStateError', `pair ${id} ${message}`, hint);
  };
  const isMerged = state === 'merged' || state === 'splitting';
  if (decision === 'split' && !isMerged) refuse('is not merged', `Keep the two apart: coppice merges never ${id}.`);
  if (decision !== 'split' && isMerged) refuse('is merged already', `Take it apart: coppice merges split ${id}.`);
}

async function requireSplittable(db: Context['parts']['db'], merge: ListedMerge): Promise<void> {
  const { id, survivor } = merge;
  const recorded = await recordedMerge(db, merge, merge);
  if (recorded === null) {
    throw new OperationError(
      'conflict',
      'MergeNotKeptError',
      `what merge ${id} changed is not kept any more: it cannot be taken apart`,
      'Raise jobs.deduplicate-facts.ledger.retention_days to keep later merges longer.',
    );
  }
  const ends = recorded.record.dropped.map(({ other }) => other).filter((other) => other !== merge.loser);
  const later = await laterMerge(db, merge, merge, ends);
  if (later === null) return;
  throw new OperationError(
    'conflict',
    'LaterMergeError',
    `merge ${later.id} (${later.loser} into ${later.survivor}) builds on merge ${id}, which merged into ${survivor}`,
    `Take that apart first: coppice merges split ${later.id}.`,
  );
}

async function mergeOf(context: Context, db: Context['parts']['db'], id: string, lock: boolean): Promise<ListedMerge> {
  const found = idForm.test(id) ? await findMerge(db, id, seenByCollection(context), lock) : null;
  if (found !== null) return found;
  throw new OperationError('missing', 'UnknownMergeError', `there is no pair '${id}'`, 'See coppice merges list.');
}

async function toDetail(context: Context, merge: ListedMerge): Promise<MergeDetailJson> {
  const { db, graphs } = context.parts;
  const store = graphs.find(({ mapping }) => mapping.name === merge.graph);
  const sides = merge.kind === 'fact' ? factsOf(merge) : await describedIn(store, merge);
  const recorded =
    merge.state === 'merged' || merge.state === 'splitting' ? await recordedMerge(db, merge, merge) : null;
  return {
    ...toJson(merge),
    survivor_side: sideOf(sides, merge.survivor),
    loser_side: sideOf(sides, merge.loser),
    merged:
      recorded === null
        ? null
        : {
            moved_edges: recorded.record.moved.length,
            joined_edges: recorded.record.dropped.length,
            changed_values: recorded.record.survivorChanges.map(({ name }) => name),
          },
  };
}

async function describedIn(store: GraphStore | undefined, merge: ListedMerge): Promise<readonly DescribedEntity[]> {
  return (await store?.merging?.describe(merge.group, [merge.survivor, merge.loser])) ?? [];
}

/** Facts as the survey saw them. */
function factsOf({ survivor, loser, type, evidence }: ListedMerge): DescribedEntity[] {
  const side = { name: type, type, properties: {}, neighbours: evidence.ends ?? [], createdAt: null };
  return [
    { ...side, id: survivor, text: evidence.survivor_name },
    { ...side, id: loser, text: evidence.loser_name },
  ];
}

function sideOf(sides: readonly DescribedEntity[], id: string): MergeSideJson | null {
  const found = sides.find((one) => one.id === id);
  if (found === undefined) return null;
  const { createdAt, ...side } = found;
  return { ...side, created_at: createdAt?.toISOString() ?? null };
}

function toJson({ group, runId, createdAt, mergedAt, decidedAt, decidedBy, ...merge }: ListedMerge): MergeJson {
  return {
    ...merge,
    group_id: group,
    run_id: runId,
    created_at: createdAt.toISOString(),
    merged_at: mergedAt?.toISOString() ?? null,
    decided_at: decidedAt?.toISOString() ?? null,
    decided_by: decidedBy,
  };
}
