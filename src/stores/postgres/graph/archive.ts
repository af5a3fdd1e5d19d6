import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { ArchivedFact } from '../../../domain/facts/archived-fact.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import type { MarksInDatabase } from '../../ports/graph-facts.ts';
import { imageDigest } from '../../ports/graph-items.ts';
import { storedGroup } from '../../stored-group.ts';
import { asWritten } from './deprecate.ts';
import { imagesIn, isOneOf, itemTable } from './images.ts';
import type { PostgresMapping } from './scope.ts';

/** Marks facts as archived by a column with the time at which they were. */
export function marksInTables(mapping: PostgresMapping, archived: TimeField): MarksInDatabase {
  const relations = itemTable(mapping, 'relation');
  const column = columnRef('t', archived.column);
  const { table } = relations.table;
  return {
    at: 'database',
    table: null,
    mark: async (tx, group, at, surveyed) => {
      const stored = storedGroup(mapping, group);
      const items = [...surveyed.keys()].map((id) => ({ kind: 'relation' as const, id, stored }));
      const images = await imagesIn(tx, relations, items, sql`for update`);
      const dates = new Map(
        images.filter((image) => surveyed.get(image.id) === imageDigest(image)).map((one) => [one.id, one.dates]),
      );
      const unchanged = items.filter(({ id }) => dates.has(id));
      if (unchanged.length === 0) return [];
      const { rows } = await sql<{ id: string; mark: unknown }>`update ${tableRef(table)} t
        set ${sql.id(archived.column)} = ${asWritten(archived, at)}
        where ${isOneOf(relations, unchanged)} and ${column} is null
        returning ${relations.id} as id, to_jsonb(${column}) as mark`.execute(tx);
      return rows.map(
        ({ id, mark }): ArchivedFact => ({
          ...{ id, dates: dates.get(id) ?? '', seen: {} },
          before: { [archived.column]: null },
          after: { [archived.column]: mark },
        }),
      );
    },
    unmark: async (tx, group, facts) => {
      const stored = storedGroup(mapping, group);
      const given = facts.map(({ id, after }) => ({ id, mark: after[archived.column] ?? null }));
      const { rows } = await sql<{ id: string }>`update ${tableRef(table)} t set ${sql.id(archived.column)} = null
        from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id text, mark jsonb)
        where ${columnRef('t', relations.table.group)}::text = ${stored} and ${relations.id} = g.id
          and to_jsonb(${column}) = g.mark returning ${relations.id} as id`.execute(tx);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
