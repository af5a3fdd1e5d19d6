import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../../database/identifiers.ts';
import type { Db, Tx } from '../../../../database/schema.ts';
import type { MergePair, MergeRecord } from '../../../../domain/merging/merge-record.ts';
import { isSame, uniteValues } from '../../../../domain/merging/unite.ts';
import type { ComparedFact, MergeLimits, NotMerged } from '../../../ports/graph-merging.ts';
import { storedGroup } from '../../../stored-group.ts';
import { instant } from '../item-columns.ts';
import { type MergedMapping, text, vectorOf } from './compared.ts';
import { lockFacts } from './read.ts';

const pageSize = 1_000;

/** Facts of one group in the order of their ids. A relation here has one document: facts of different ones are not compared. */
export async function* comparedFacts(
  db: Db,
  mapping: MergedMapping,
  group: string,
): AsyncGenerator<readonly ComparedFact[]> {
  const stored = storedGroup(mapping, group);
  const { relations } = mapping.place;
  const { name, text: said, vector, validFrom, validTo } = mapping.merging.relations;
  if (said === null) return;
  const of = (column: string | null): RawBuilder<unknown> => (column === null ? sql`null` : text('r', column));
  // A column that is not mapped is read as null.
  const ended = [relations.deprecatedAt?.column ?? null, archivedColumn(mapping)];
  const live = sql.join(
    ended.map((column) => sql`${of(column)} is null`),
    sql` and `,
  );
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: FactRow[] } = await sql<FactRow>`select ${of(relations.id)} as id,
        coalesce(${of(name)}, '') as name, ${of(said)} as text, ${of(vector)} as vector,
        ${instant('r', relations.createdAt)} as "createdAt", json_build_array(${of(relations.source)},
          ${of(relations.target)}, ${of(name)}, ${of(validFrom)}, ${of(validTo)}, ${of(relations.document)})::text as place
      from ${tableRef(relations.table)} r where ${of(relations.group)} = ${stored} and ${of(said)} is not null and ${live}
        and (${after}::text is null or ${of(relations.id)} > ${after}::text)
      order by 1 limit ${sql.lit(pageSize)}`.execute(db);
    if (rows.length > 0) yield rows.map((row) => ({ ...row, vector: vectorOf(row.vector), documents: 1 }));
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.id ?? null;
  }
}

/** A fact that was archived is compared with none: merging it would archive the other one. */
function archivedColumn({ merging: { relations } }: MergedMapping): string | null {
  const { archivedAt } = relations;
  return archivedAt !== undefined && 'column' in archivedAt ? archivedAt.column : null;
}

type FactRow = Omit<ComparedFact, 'vector' | 'documents'> & { readonly vector: string | null };

export async function prepareFacts(
  tx: Tx,
  mapping: MergedMapping,
  stored: string,
  pair: MergePair,
  limits: MergeLimits,
): Promise<MergeRecord | NotMerged> {
  const { relations } = mapping.place;
  const { name, validFrom, validTo, vector, text: said } = mapping.merging.relations;
  const { survivor, loser } = await lockFacts(tx, mapping, stored, pair);
  if (survivor === null || loser === null) return 'missing';
  const ends = [relations.source, relations.target, relations.document];
  const compared = [...ends, name, validFrom, validTo, archivedColumn(mapping)];
  const agree = compared.every(
    (field) => field === null || isSame(survivor.values[field] ?? null, loser.values[field] ?? null),
  );
  if (!agree) return 'changed';
  const created = relations.createdAt?.column ?? relations.id;
  const kept = new Set([relations.id, relations.group, said ?? relations.id, created]);
  if (vector !== null && (survivor.values[vector] ?? null) !== null) kept.add(vector);
  const changes = uniteValues(survivor.values, loser.values, { name: relations.id, description: null, kept });
  const isOlder = loser.createdAt !== null && survivor.createdAt !== null && loser.createdAt < survivor.createdAt;
  const older = { name: created, before: survivor.values[created] ?? null, after: loser.values[created] ?? null };
  const record: MergeRecord = {
    ...{ kind: 'fact', survivor: pair.survivor, loser: pair.loser, mark: '' },
    image: { id: pair.loser, content: loser.content },
    survivorChanges: isOlder ? [...changes, older] : changes,
    ...{ moved: [], dropped: [], changed: [], vectors: { moved: [], dropped: [] } },
    degrees: { survivor: 0, loser: 0, after: 0 },
  };
  return JSON.stringify(record).length > limits.maxBytes ? 'too_large' : record;
}
