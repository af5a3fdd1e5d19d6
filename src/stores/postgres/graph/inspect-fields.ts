import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName, TimeField } from '../../../domain/mapping.ts';
import { type MergeFields, typeFieldOf } from '../../../domain/merging/merge-fields.ts';
import type { FieldInspection, FieldUse } from '../../ports/graph-fields.ts';
import { display, missingColumns, tableInfo } from '../schema/table-info.ts';
import { timeProblem } from '../schema/time-columns.ts';
import { archiveTableProblems } from './archive-table-problems.ts';
import { archivedProblems } from './archived-column.ts';
import type { PostgresMapping } from './scope.ts';

/** Rows of which a sample consists. */
const sampled = 1_000;
const vectorTypes = /^(vector|halfvec|sparsevec|text|character varying)\b|\[\]$/;

interface Wanted {
  readonly part: 'entities' | 'relations';
  readonly table: TableName;
  readonly columns: readonly (string | null)[];
  readonly vector: string | null;
  /** By the name of the setting. */
  readonly times: Readonly<Record<string, TimeField>>;
  /** Without values in it there is nothing to work on. */
  readonly needed: string | null;
}

/** Compares the columns that only some jobs read with the live schema. */
export async function inspectFields(db: Db, mapping: PostgresMapping, use: FieldUse): Promise<FieldInspection> {
  const [problems, empty]: [string[], string[]] = [[], []];
  for (const { part, table, columns, vector, times, needed } of wantedOf(mapping, use)) {
    const info = await tableInfo(db, table);
    // `inspect` names a table that is missing.
    if (info === null) continue;
    const setting = `graphs.${mapping.name}.${part}`;
    const wanted = [...columns, vector, ...Object.values(times).map(({ column }) => column), needed].filter(
      (name) => name !== null,
    );
    const missing = missingColumns(info, table, [...new Set(wanted)]);
    problems.push(...missing.map((problem) => `${problem}: check ${setting}`));
    const typeOf = (column: string) => info.columns.find(({ name }) => name === column)?.type ?? null;
    const vectorType = vector === null ? null : typeOf(vector);
    if (vectorType !== null && !vectorTypes.test(vectorType)) {
      problems.push(
        `${display(table)}.${vector} is of type ${vectorType}, which holds no vector: check ${setting}.vector`,
      );
    }
    const pinned = part === 'entities' ? mapping.merging?.entities.pinned : undefined;
    const pinnedType = pinned === undefined ? null : typeOf(pinned);
    if (pinnedType !== null && pinnedType !== 'boolean') {
      problems.push(`${display(table)}.${pinned} is of type ${pinnedType} and no boolean: check ${setting}.pinned`);
    }
    for (const [name, time] of Object.entries(times)) {
      const timeType = typeOf(time.column);
      const problem = timeType === null ? null : timeProblem(timeType, time, display(table), `${setting}.${name}`);
      if (problem !== null) problems.push(problem);
    }
    const { archived_at: archived } = times;
    if (use === 'facts' && archived !== undefined) problems.push(...(await archivedProblems(db, mapping, archived)));
    if (missing.length === 0 && mapping.mapped && needed !== null && (await isEmpty(db, table, needed))) {
      empty.push(`none of the first ${sampled} rows of ${display(table)} has a value in ${needed}: check ${setting}`);
    }
  }
  const archiveTable = mapping.merging?.relations.archiveTable;
  if (use === 'facts' && archiveTable !== undefined) {
    problems.push(...(await archiveTableProblems(db, mapping, archiveTable)));
  }
  return { problems, empty };
}

function wantedOf({ place, merging }: PostgresMapping, use: FieldUse): Wanted[] {
  if (merging === undefined || use === 'validity') return [];
  const { entities, relations } = merging;
  const facts = { part: 'relations' as const, table: place.relations.table };
  if (use === 'facts') {
    const { accessedAt, archivedAt = null } = relations;
    const times = { ...column('accessed_at', accessedAt), ...column('archived_at', archivedAt) };
    return [{ ...facts, columns: [relations.name], vector: null, times, needed: relations.text }];
  }
  const { name, description, vector, properties, pinned = null } = entities;
  const columns = [description, typeFieldOf(entities), pinned, ...(properties ?? [])];
  const { validFrom, validTo, text } = relations;
  return [
    { part: 'entities', table: place.entities.table, columns, vector, times: {}, needed: name },
    {
      ...facts,
      columns: [relations.name, text, validFrom, validTo],
      vector: relations.vector,
      times: column('archived_at', relations.archivedAt ?? null),
      needed: null,
    },
  ];
}

function column(setting: string, time: MergeFields['relations']['accessedAt']): Record<string, TimeField> {
  return time !== null && 'column' in time ? { [setting]: time } : {};
}

/** Whether rows exist of which none has a value in the column. */
async function isEmpty(db: Db, table: TableName, column: string): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`select count(*) > 0 and count(s.value) = 0 as empty
    from (select ${columnRef('t', column)} as value from ${tableRef(table)} t limit ${sql.lit(sampled)}) s`.execute(db);
  return rows[0]?.empty === true;
}
