import { type ItemChange, type MergeRecord, mergeKey } from '../../../domain/merging/merge-record.ts';
import { isSame } from '../../../domain/merging/unite.ts';
import type { GraphFence } from '../../ports/graph-fence.ts';
import { fenced, raiseFence } from '../fence.ts';
import { placeOf } from '../places.ts';
import type { CypherSession } from '../session.ts';
import { property } from '../text.ts';
import { type MergedMapping, matchEntity } from './entity-text.ts';
import { areAsRead, dropFact, lockFacts } from './facts.ts';
import { setState, stateOf, type Work, workParameters } from './mark.ts';
import { prepareMerge } from './prepare.ts';
import { heldProperties } from './read.ts';
import { dropEdges, dropVectors, moveEdges, moveVectors, writeValues } from './steps.ts';
import { separate } from './unmerge.ts';

/** The two, or their edges, are not as they were read. */
class ChangedError extends Error {
  override readonly name = 'ChangedError';
}

/**
 * Makes a merge as recorded. Where the statements of one call are a transaction, all of it commits at once. Elsewhere
 * each statement commits by itself: the node of the fence holds that the merge has begun before anything is changed,
 * and a call that finds it begun finishes it. A merge that cannot be finished is taken back.
 */
export async function mergeEntities(
  session: CypherSession,
  mapping: MergedMapping,
  { group, epoch }: GraphFence,
  record: MergeRecord,
  signal?: AbortSignal,
): Promise<'merged' | 'changed'> {
  const { graph, stored } = placeOf(mapping, group);
  const { dialect } = session;
  try {
    return await session.write(
      graph,
      async (run) => {
        const work: Work = { run, dialect, mapping, stored, epoch };
        await raiseFence(run, mapping, stored, epoch);
        const state = await stateOf(work, record.mark);
        if (state === 'merged') return 'merged';
        if (state === 'returned') return 'changed';
        if (state === 'returning') return takeBack(work, record);
        if (state === null && !(await begin(work, record))) return 'changed';
        try {
          await change(work, record);
          return 'merged';
        } catch (error) {
          if (!(error instanceof ChangedError) || dialect.locks) throw error;
          return takeBack(work, record);
        }
      },
      signal,
    );
  } catch (error) {
    if (error instanceof ChangedError) return 'changed';
    throw error;
  }
}

/** Holds what was read against what is there now. */
async function begin(work: Work, record: MergeRecord): Promise<boolean> {
  if (record.kind === 'fact') return beginFacts(work, record);
  if (work.dialect.locks) return beginLocked(work, record);
  const { survivor, loser, degrees, image } = record;
  const shape = heldProperties(image.content);
  const degree = (alias: string, as: string, carried: string) =>
    `OPTIONAL MATCH (${alias})-[r]-() WITH ${carried}, count(DISTINCT r) AS ${as}`;
  const rows = await work.run(
    `${fenced} ${matchEntity(work.mapping, 's', 'survivor')} ${matchEntity(work.mapping, 'l', 'loser')}
     ${degree('s', 'kept', 'fence, s, l')} ${degree('l', 'given', 'fence, s, l, kept')}
     WHERE kept = $kept AND given = $given AND ${work.dialect.sameProperties('l', '$same', shape)}
     SET fence.merge = $mark, fence.merge_state = 'merging' RETURN fence.merge AS mark`,
    workParameters(work, {
      ...{ survivor, loser, mark: record.mark, same: work.dialect.boundProperties(shape) },
      ...{ kept: BigInt(degrees.survivor), given: BigInt(degrees.loser) },
    }),
  );
  return rows.length === 1;
}

/** Facts are compared once more when one of them is deleted. */
async function beginFacts(work: Work, record: MergeRecord): Promise<boolean> {
  if (work.dialect.locks) await lockFacts(work, record);
  if (!(await areAsRead(work, record))) return false;
  await setState(work, record.mark, 'merging');
  return true;
}

/** Locks the two in the order of their ids, then reads all of it once more. */
async function beginLocked(work: Work, record: MergeRecord): Promise<boolean> {
  const { id } = work.mapping.place.entities;
  for (const one of [record.survivor, record.loser].sort()) {
    await work.run(
      `${matchEntity(work.mapping, 'e', 'one')} SET ${property('e', id)} = ${property('e', id)} RETURN count(e) AS locked`,
      workParameters(work, { one }),
    );
  }
  const limits = { maxEdges: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
  const now = await prepareMerge(work, record, limits);
  return 'record' in now && isSame(withoutMark(now.record), withoutMark(record));
}

function withoutMark({ mark: _, ...record }: MergeRecord): Omit<MergeRecord, 'mark'> {
  return record;
}

/** Edges that give way are deleted before others take their place, and the loser before the survivor receives its values. */
async function change(work: Work, record: MergeRecord): Promise<void> {
  if (record.kind === 'fact') return changeFacts(work, record);
  const { survivor, loser } = record;
  await dropEdges(work, loser, record.dropped);
  await moveEdges(work, record.moved, { from: loser, to: survivor });
  await moveVectors(work, record.vectors.moved, loser, survivor);
  await dropVectors(work, record);
  for (const { kind, id, changes } of record.changed) {
    if (!(await writeValues(work, { kind, id }, changes))) throw new ChangedError(mergeKey(record));
  }
  await retire(work, record);
  if (!(await writeValues(work, { kind: 'entity', id: survivor }, record.survivorChanges))) {
    throw new ChangedError(mergeKey(record));
  }
  await setState(work, record.mark, 'merged');
}

async function changeFacts(work: Work, record: MergeRecord): Promise<void> {
  const { survivor, survivorChanges, changed } = record;
  const values: readonly ItemChange[] = [{ kind: 'relation', id: survivor, changes: survivorChanges }, ...changed];
  if (!(await dropFact(work, record))) throw new ChangedError(mergeKey(record));
  for (const { kind, id, changes } of values) {
    if (!(await writeValues(work, { kind, id }, changes))) throw new ChangedError(mergeKey(record));
  }
  await setState(work, record.mark, 'merged');
}

/** Deletes the loser once it has no edge left, and the survivor as many as were counted. */
async function retire(work: Work, record: MergeRecord): Promise<void> {
  const rows = await work.run(
    `${fenced} ${matchEntity(work.mapping, 's', 'survivor')}
     OPTIONAL MATCH (s)-[r]-() WITH s, count(DISTINCT r) AS degree WHERE degree = $after
     ${matchEntity(work.mapping, 'l', 'loser')} AND NOT (l)--() WITH l, degree DELETE l RETURN degree`,
    workParameters(work, { survivor: record.survivor, loser: record.loser, after: BigInt(record.degrees.after) }),
  );
  // A predecessor has done so where the loser does not exist any more.
  if (rows.length === 0 && (await exists(work, record.loser))) throw new ChangedError(mergeKey(record));
}

async function exists(work: Work, id: string): Promise<boolean> {
  const rows = await work.run(`${matchEntity(work.mapping, 'e', 'id')} RETURN 1 AS one`, workParameters(work, { id }));
  return rows.length > 0;
}

async function takeBack(work: Work, record: MergeRecord): Promise<'changed'> {
  await setState(work, record.mark, 'returning');
  await separate(work, record);
  await setState(work, record.mark, 'returned');
  return 'changed';
}
