import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { DatedFact } from '../../../domain/facts/expiry.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import type { GraphFacts, MarksInDatabase } from '../../ports/graph-facts.ts';
import { storedGroup } from '../../stored-group.ts';
import { marksInTables } from './archive.ts';
import { movesToTable } from './archive-table.ts';
import { instant } from './item-columns.ts';
import type { PostgresMapping } from './scope.ts';

const pageSize = 20_000;

/** `null`: the mapping does not name the text of relations. */
export function factsInTables(db: Db, { merging, ...mapping }: PostgresMapping): GraphFacts | null {
  const fields = merging?.relations;
  if (fields === undefined || fields.text === null) return null;
  const { name, text, accessedAt, archivedAt, archiveTable } = fields;
  const accessed: TimeField | null = accessedAt !== null && 'column' in accessedAt ? accessedAt : null;
  const archived: TimeField | null = archivedAt !== undefined && 'column' in archivedAt ? archivedAt : null;
  const { relations } = mapping.place;
  const id = sql`${columnRef('r', relations.id)}::text`;
  const ended = [relations.deprecatedAt, archived].flatMap((field) => (field === null ? [] : [field.column]));
  const live = sql.join([sql`true`, ...ended.map((column) => sql`${columnRef('r', column)} is null`)], sql` and `);
  // A fact that the table holds already under the same key cannot be moved there.
  const unmoved =
    archiveTable === undefined
      ? sql`true`
      : sql`not exists (select from ${tableRef(archiveTable)} a where ${columnRef('a', relations.group)} =
          ${columnRef('r', relations.group)} and ${columnRef('a', relations.id)} = ${columnRef('r', relations.id)})`;
  return {
    archive: archiveOf(),
    async *dated(group) {
      const stored = storedGroup(mapping, group);
      for (let after: string | null = null; ; ) {
        const { rows }: { rows: DatedFact[] } = await sql<DatedFact>`select ${id} as id,
            coalesce(${name === null ? sql`null` : columnRef('r', name)}::text, '') as name,
            ${instant('r', relations.createdAt)} as "createdAt", ${instant('r', accessed)} as "accessedAt"
          from ${tableRef(relations.table)} r
          where ${columnRef('r', relations.group)}::text = ${stored} and ${columnRef('r', text)} is not null and ${live} and ${unmoved}
            and (${after}::text is null or ${id} > ${after}::text)
          order by 1 limit ${sql.lit(pageSize)}`.execute(db);
        if (rows.length > 0) yield rows;
        if (rows.length < pageSize) return;
        after = rows.at(-1)?.id ?? null;
      }
    },
  };
  function archiveOf(): MarksInDatabase | null {
    if (archiveTable !== undefined) return movesToTable(mapping, archiveTable);
    return archived === null ? null : marksInTables(mapping, archived);
  }
}
