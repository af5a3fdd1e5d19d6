import type { ItemChange, MergeRecord } from '../../../domain/merging/merge-record.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import type { GraphFence } from '../../ports/graph-fence.ts';
import type { Unmerged } from '../../ports/graph-merging.ts';
import { raiseFence } from '../fence.ts';
import { quotedAsFound } from '../names.ts';
import { placeOf } from '../places.ts';
import type { CypherSession, Run } from '../session.ts';
import { groupText, property } from '../text.ts';
import { type MergedMapping, matchEntity } from './entity-text.ts';
import { createFact, factEnds } from './facts.ts';
import { setState, stateOf, type Work, workParameters } from './mark.ts';
import { heldLabels, idProperty } from './read.ts';
import { createEdges, createNode, moveEdges, moveVectors, writeValues } from './steps.ts';

/** Takes a merge apart; changes nothing where that is impossible. A call that finds it half done finishes it. */
export async function unmergeEntities(
  session: CypherSession,
  mapping: MergedMapping,
  { group, epoch }: GraphFence,
  record: MergeRecord,
  signal?: AbortSignal,
): Promise<Unmerged> {
  const { graph, stored } = placeOf(mapping, group);
  const part = async (run: Run): Promise<Unmerged> => {
    const work: Work = { run, dialect: session.dialect, mapping, stored, epoch };
    await raiseFence(run, mapping, stored, epoch);
    const state = await stateOf(work, record.mark);
    if (state === 'parted') return { undone: true, differences: [] };
    if (state !== 'parting') {
      const reason = await whyNot(work, record);
      if (reason !== null) return { undone: false, reason };
      await setState(work, record.mark, 'parting');
    }
    const differences = await separate(work, record);
    await setState(work, record.mark, 'parted');
    return { undone: true, differences };
  };
  try {
    return await session.write(graph, part, signal);
  } catch (error) {
    if (!isTaken(error)) throw error;
    return { undone: false, reason: `a unique value of entity ${record.loser} is taken` };
  }
}

/** A constraint refuses what comes back; the server has then rolled back all of it. */
function isTaken(error: unknown): boolean {
  return error instanceof StoreError && /ConstraintValidationFailed/.test(error.code ?? '');
}

/** `null`: everything that the undo needs is there. */
async function whyNot(work: Work, { kind, survivor, loser, dropped, image }: MergeRecord): Promise<string | null> {
  const { label } = work.mapping.place.entities;
  if (kind === 'fact') {
    for (const end of Object.values(factEnds(image.content))) {
      if (!(await exists(work, label, end))) return `entity ${end} does not exist any more`;
    }
    return null;
  }
  if (await exists(work, label, loser)) return `entity ${loser} exists again`;
  if (!(await exists(work, label, survivor))) return `entity ${survivor} does not exist any more`;
  for (const { label: of, other } of dropped) {
    const isLoser = of === label && other === loser;
    if (!isLoser && !(await exists(work, of, other))) return `${of} ${other} does not exist any more`;
  }
  return null;
}

async function exists(work: Work, label: string, id: string): Promise<boolean> {
  const rows = await work.run(
    `MATCH (n:${quotedAsFound(label)}) WHERE ${groupText(work.mapping).within('n')}
       AND ${property('n', idProperty(work.mapping, label))} = $id RETURN 1 AS one LIMIT 1`,
    workParameters(work, { id }),
  );
  return rows.length > 0;
}

/**
 * Puts back what a merge has changed so far. Values that somebody has written since stay as they are; they are returned, with
 * edges that do not exist any more.
 */
export async function separate(work: Work, record: MergeRecord): Promise<string[]> {
  const { survivor, loser } = record;
  const { entities, vectors } = work.mapping.place;
  const differences: string[] = [];
  const back = async (kind: 'entity' | ItemChange['kind'], id: string, changes: ItemChange['changes']) => {
    for (const { name, before, after } of changes) {
      const written = await writeValues(work, { kind, id }, [{ name, before: after, after: before }]);
      if (!written) differences.push(`${kind} ${id}: ${name}`);
    }
  };
  if (record.kind === 'fact') {
    await back('relation', survivor, record.survivorChanges);
    await createFact(work, record);
    for (const { kind, id, changes } of record.changed) await back(kind, id, changes);
    return differences;
  }
  // Values go back before the loser has them again: one of them may be unique.
  await back('entity', survivor, record.survivorChanges);
  const of = { label: entities.label, idField: entities.id, id: loser, labels: heldLabels(record.image.content) };
  await createNode(work, { ...of, content: record.image.content });
  const moved = await moveEdges(work, record.moved, { from: survivor, to: loser });
  if (moved < record.moved.length) {
    const there = await edgesOf(work, loser);
    if (there < record.moved.length) differences.push(`${record.moved.length - there} edges of ${loser}`);
  }
  await createEdges(work, loser, record.dropped);
  await moveVectors(work, record.vectors.moved, survivor, loser);
  if (vectors !== null) {
    for (const { id, content } of record.vectors.dropped) {
      const labels = heldLabels(content);
      await createNode(work, { label: vectors.label, idField: vectors.id, id, labels, content });
    }
  }
  for (const { kind, id, changes } of record.changed) await back(kind, id, changes);
  return differences;
}

async function edgesOf(work: Work, id: string): Promise<number> {
  const rows = await work.run(
    `${matchEntity(work.mapping, 'e', 'id')} OPTIONAL MATCH (e)-[r]-() RETURN count(DISTINCT r) AS edges`,
    workParameters(work, { id }),
  );
  return Number(rows[0]?.edges ?? 0);
}
