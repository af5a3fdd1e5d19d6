import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName, TimeField } from '../../../domain/mapping.ts';
import type { FieldInspection, FieldUse } from '../../ports/graph-fields.ts';
import { display, missingColumns, tableInfo } from '../schema/table-info.ts';
import { timeProblem } from '../schema/time-columns.ts';
import type { PostgresMapping } from './scope.ts';

/** Rows of which a sample consists. */
const sampled = 1_000;
const vectorTypes = /^(vector|halfvec|sparsevec|text|character varying)\b|\[\]$/;

interface Wanted {
  readonly part: 'entities' | 'relations';
  readonly table: TableName;
  readonly columns: readonly (string | null)[];
  readonly vector: string | null;
  readonly time: TimeField | null;
  /** Without values in it there is nothing to work on. */
  readonly needed: string | null;
}

/** Compares the columns that only some jobs read with the live schema. */
export async function inspectFields(db: Db, mapping: PostgresMapping, use: FieldUse): Promise<FieldInspection> {
  const [problems, empty]: [string[], string[]] = [[], []];
  for (const { part, table, columns, vector, time, needed } of wantedOf(mapping, use)) {
    const info = await tableInfo(db, table);
    // `inspect` names a table that is missing.
    if (info === null) continue;
    const setting = `graphs.${mapping.name}.${part}`;
    const wanted = [...columns, vector, time?.column ?? null, needed].filter((name) => name !== null);
    const missing = missingColumns(info, table, [...new Set(wanted)]);
    problems.push(...missing.map((problem) => `${problem}: check ${setting}`));
    const typeOf = (column: string) => info.columns.find(({ name }) => name === column)?.type ?? null;
    const vectorType = vector === null ? null : typeOf(vector);
    if (vectorType !== null && !vectorTypes.test(vectorType)) {
      problems.push(
        `${display(table)}.${vector} is of type ${vectorType}, which holds no vector: check ${setting}.vector`,
      );
    }
    const timeType = time === null ? null : typeOf(time.column);
    if (time !== null && timeType !== null) {
      const problem = timeProblem(timeType, time, display(table), `${setting}.accessed_at`);
      if (problem !== null) problems.push(problem);
    }
    if (missing.length === 0 && mapping.mapped && needed !== null && (await isEmpty(db, table, needed))) {
      empty.push(`none of the first ${sampled} rows of ${display(table)} has a value in ${needed}: check ${setting}`);
    }
  }
  return { problems, empty };
}

function wantedOf({ place, merging }: PostgresMapping, use: FieldUse): Wanted[] {
  if (merging === undefined || use === 'validity') return [];
  const { entities, relations } = merging;
  const facts = { part: 'relations' as const, table: place.relations.table };
  if (use === 'facts') {
    const time = relations.accessedAt !== null && 'column' in relations.accessedAt ? relations.accessedAt : null;
    return [{ ...facts, columns: [relations.name], vector: null, time, needed: relations.text }];
  }
  const { name, type, description, vector, properties } = entities;
  const columns = [description, typeof type === 'object' ? (type?.property ?? null) : null, ...(properties ?? [])];
  const { validFrom, validTo, text } = relations;
  return [
    { part: 'entities', table: place.entities.table, columns, vector, time: null, needed: name },
    {
      ...facts,
      columns: [relations.name, text, validFrom, validTo],
      vector: relations.vector,
      time: null,
      needed: null,
    },
  ];
}

/** Whether rows exist of which none has a value in the column. */
async function isEmpty(db: Db, table: TableName, column: string): Promise<boolean> {
  const { rows } = await sql<{ empty: boolean }>`select count(*) > 0 and count(s.value) = 0 as empty
    from (select ${columnRef('t', column)} as value from ${tableRef(table)} t limit ${sql.lit(sampled)}) s`.execute(db);
  return rows[0]?.empty === true;
}
