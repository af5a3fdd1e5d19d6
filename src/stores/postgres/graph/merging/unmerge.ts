import { sql } from 'kysely';
import { sqlState } from '../../../../database/errors.ts';
import { tableRef } from '../../../../database/identifiers.ts';
import type { Tx } from '../../../../database/schema.ts';
import type { GraphItemKind } from '../../../../domain/collectors.ts';
import type { GraphTable } from '../../../../domain/graph-mapping.ts';
import type { MergeRecord, NodeImage } from '../../../../domain/merging/merge-record.ts';
import type { Unmerged } from '../../../ports/graph-merging.ts';
import { storedGroup } from '../../../stored-group.ts';
import { itemTable } from '../images.ts';
import { restoreInto } from '../remove.ts';
import { type MergedMapping, text } from './compared.ts';
import { moveRelations, moveRows, writeValues } from './merge.ts';
import { lockEntities, lockFacts } from './read.ts';
import { jsonText } from './values.ts';

/** Takes a merge apart; where that is impossible, the transaction is as it was before. */
export async function unmergeEntities(
  tx: Tx,
  mapping: MergedMapping,
  group: string,
  record: MergeRecord,
): Promise<Unmerged> {
  const stored = storedGroup(mapping, group);
  await sql`savepoint unmerging`.execute(tx);
  try {
    const undone = await separate(tx, mapping, stored, record);
    await sql`release savepoint unmerging`.execute(tx);
    return undone;
  } catch (error) {
    if (sqlState(error)?.startsWith('23') !== true) throw error;
    await sql`rollback to savepoint unmerging`.execute(tx);
    return {
      undone: false,
      reason: `a unique value of entity ${record.loser} is taken, or a row that it refers to is missing`,
    };
  }
}

async function separate(tx: Tx, mapping: MergedMapping, stored: string, record: MergeRecord): Promise<Unmerged> {
  const { survivor, loser, moved, dropped, vectors } = record;
  const { place } = mapping;
  if (record.kind === 'fact') return separateFacts(tx, mapping, stored, record);
  const standing = await lockEntities(tx, mapping, stored, record);
  if (standing.loser !== null) return { undone: false, reason: `entity ${loser} exists again` };
  if (standing.survivor === null) return { undone: false, reason: `entity ${survivor} does not exist any more` };
  const missing = await missingEnd(tx, mapping, stored, record);
  if (missing !== null) return { undone: false, reason: `entity ${missing} does not exist any more` };
  const differences = await valuesBack(tx, place.entities, stored, record);
  await restore(tx, mapping, stored, 'entity', [record.image]);
  const [relations, mentions] = ['relation', 'mention'].map((type) => moved.filter((one) => one.type === type));
  const back = await moveRelations(tx, mapping, stored, relations ?? [], survivor, loser);
  if (back < (relations?.length ?? 0)) differences.push(`${(relations?.length ?? 0) - back} relations of ${loser}`);
  if (place.mentions !== null && mentions !== undefined) {
    const of = { ...place.mentions, id: place.mentions.document };
    const at = { column: of.entity, from: survivor, to: loser };
    const found = await moveRows(
      tx,
      of,
      stored,
      at,
      mentions.map(({ other }) => other),
      false,
    );
    if (found < mentions.length) differences.push(`${mentions.length - found} mentions of ${loser}`);
  }
  for (const type of ['relation', 'mention'] as const) {
    const images = dropped.flatMap(({ id, content, ...one }) => (one.type === type ? [{ id: id ?? '', content }] : []));
    differences.push(...(await restore(tx, mapping, stored, type, images)));
  }
  if (place.vectors !== null && place.vectors.entity !== null) {
    const at = { column: place.vectors.entity, from: survivor, to: loser };
    await moveRows(tx, place.vectors, stored, at, vectors.moved, false);
    differences.push(...(await restore(tx, mapping, stored, 'vector', vectors.dropped)));
  }
  return { undone: true, differences };
}

async function separateFacts(tx: Tx, mapping: MergedMapping, stored: string, record: MergeRecord): Promise<Unmerged> {
  const { survivor, loser } = await lockFacts(tx, mapping, stored, record);
  if (loser !== null) return { undone: false, reason: `fact ${record.loser} exists again` };
  const back = survivor === null ? [] : await valuesBack(tx, mapping.place.relations, stored, record);
  await restore(tx, mapping, stored, 'relation', [record.image]);
  return { undone: true, differences: back };
}

/** Rows come back whole; returns those that exist with other content. */
async function restore(
  tx: Tx,
  mapping: MergedMapping,
  stored: string,
  kind: GraphItemKind,
  images: readonly NodeImage[],
): Promise<string[]> {
  if (images.length === 0) return [];
  const given = images.map(({ id, content }) => ({ kind, id, dates: '', content: String(content) }));
  const taken = await restoreInto(tx, itemTable(mapping, kind), stored, given);
  return taken.map((id) => `${kind} ${id}`);
}

/** An entity that a dropped relation led to. A relation to nothing would be restored without anybody noticing. */
async function missingEnd(
  tx: Tx,
  { place }: MergedMapping,
  stored: string,
  record: MergeRecord,
): Promise<string | null> {
  const { entities } = place;
  const ends = record.dropped.flatMap(({ label, other }) =>
    label === 'entity' && other !== record.loser ? [other] : [],
  );
  const { rows } = await sql<{ id: string }>`select x.id from unnest(${ends}::text[]) x (id)
    where not exists (select from ${tableRef(entities.table)} t
      where ${text('t', entities.group)} = ${stored} and ${text('t', entities.id)} = x.id) limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}

/** Values of the survivor that are still as the merge left them. Returns those that somebody has written since. */
async function valuesBack(tx: Tx, entities: GraphTable, stored: string, record: MergeRecord): Promise<string[]> {
  const { survivor, survivorChanges: changes } = record;
  const unchanged = await stillAs(
    tx,
    entities,
    stored,
    survivor,
    changes.map(({ name, after }) => [name, after]),
  );
  const back = changes.filter(({ name }) => unchanged.has(name));
  await writeValues(
    tx,
    entities,
    stored,
    survivor,
    back.map(({ name, before }) => [name, before]),
  );
  return changes
    .filter(({ name }) => !unchanged.has(name))
    .map(({ name }) => `${record.kind ?? 'entity'} ${survivor}: ${name}`);
}

async function stillAs(
  tx: Tx,
  of: GraphTable,
  stored: string,
  id: string,
  values: readonly (readonly [name: string, value: unknown])[],
): Promise<ReadonlySet<string>> {
  const names = values.map(([name]) => name);
  const texts = values.map(([, value]) => jsonText(value));
  const { rows } = await sql<{ name: string }>`select v.name
    from ${tableRef(of.table)} t, unnest(${names}::text[], ${texts}::text[]) v (name, value)
    where ${text('t', of.group)} = ${stored} and ${text('t', of.id)} = ${id}
      and to_jsonb(t) -> v.name = v.value::jsonb`.execute(tx);
  return new Set(rows.map(({ name }) => name));
}
