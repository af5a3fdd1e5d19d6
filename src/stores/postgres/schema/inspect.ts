import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { isTimeField, mappedFields } from '../../../domain/mapped-fields.ts';
import type { ChunkTable, CollectionMapping, VectorPlace } from '../../../domain/mapping.ts';
import { recordedMapping } from '../../../domain/recorded-mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Inspection, TableInfo } from '../../ports/inspection.ts';
import { childInfos, childProblems } from '../children/inspect-children.ts';
import { display, isUniqueTogether, missingColumns, missingTable, tableInfo } from './table-info.ts';
import { timeProblem } from './time-columns.ts';
import { unseenEffects } from './unseen-effects.ts';

/** Compares the mapping with the live schema. Reads the catalogue only. */
export async function inspect(db: Db, mapping: CollectionMapping): Promise<Inspection> {
  const rows = await tableInfo(db, mapping.table);
  const chunkTable = mapping.vectors.in === 'table' ? mapping.vectors : null;
  const chunks = chunkTable === null ? null : await tableInfo(db, chunkTable.table);
  const problems = [
    ...(rows === null
      ? [await missingTable(db, mapping, mapping.table)]
      : missingColumns(rows, mapping.table, wantedColumns(mapping))),
    ...(chunkTable === null
      ? []
      : chunks === null
        ? [await missingTable(db, mapping, chunkTable.table)]
        : missingColumns(chunks, chunkTable.table, [chunkTable.id, chunkTable.document, chunkTable.vector])),
    ...(await foreignProblems(db, mapping)),
  ];
  const children = await childInfos(db, mapping);
  if (rows !== null && problems.length === 0) {
    if (!isUniqueTogether(rows, idColumns(mapping))) {
      problems.push(`${display(mapping.table)}.${idName(mapping)} has no unique index: an id must name one row`);
    }
    problems.push(...(await childProblems(db, mapping, rows, children)));
    problems.push(...timeProblems(mapping, rows), ...(await unseenEffects(db, mapping)));
  }
  const chunksGuarded = chunkTable !== null && chunks !== null && (await isGuarded(db, mapping, chunkTable));
  return { rows, chunks, children, chunksGuarded, problems, ...fingerprints(mapping, rows, chunks, children) };
}

function wantedColumns(mapping: CollectionMapping): string[] {
  const fields = [mapping.partition, ...mappedFields(mapping).map(({ field }) => field), ...mapping.filter];
  return [
    ...new Set([...idColumns(mapping), ...fields.map(({ column }) => column), ...vectorColumns(mapping.vectors)]),
  ];
}

/** A value taken from another table's row needs that row to be one. */
async function foreignProblems(db: Db, mapping: CollectionMapping): Promise<string[]> {
  const { through } = mapping.partition;
  if (through === undefined) return [];
  const info = await tableInfo(db, through.table);
  if (info === null) return [await missingTable(db, mapping, through.table)];
  const missing = missingColumns(info, through.table, [through.key, through.value]);
  if (missing.length > 0 || info.uniqueColumns.includes(through.key)) return missing;
  return [`${display(through.table)}.${through.key} has no unique index: a row's workspace must be one`];
}

function timeProblems(mapping: CollectionMapping, info: TableInfo): string[] {
  return mappedFields(mapping).flatMap(({ name: setting, field }) => {
    if (!isTimeField(field)) return [];
    const type = info.columns.find((column) => column.name === field.column)?.type ?? '';
    return timeProblem(type, field, display(mapping.table), `collections.${mapping.name}.${setting}`) ?? [];
  });
}

function vectorColumns(place: VectorPlace): string[] {
  return place.in === 'row' ? [place.column] : [];
}

function idName(mapping: CollectionMapping): string {
  const columns = idColumns(mapping);
  return columns.length === 1 ? columns.join() : `(${columns.join(', ')})`;
}

/** Whether a foreign key from the chunks refuses, at once, to let a document go whose chunk stands. */
async function isGuarded(db: Db, mapping: CollectionMapping, place: ChunkTable): Promise<boolean> {
  const { rows } = await sql<{ guarded: boolean }>`
    select exists (
      select from pg_constraint k
        join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
        join pg_attribute b on b.attrelid = k.confrelid and k.confkey = array[b.attnum]
      where k.contype = 'f' and k.confdeltype in ('a', 'r') and k.convalidated and not k.condeferrable
        and k.conrelid = to_regclass(${quoted(place.table)}) and k.confrelid = to_regclass(${quoted(mapping.table)})
        and a.attname = ${place.document} and b.attname = any(${[...idColumns(mapping)]}::text[])
    ) as guarded`.execute(db);
  return rows[0]?.guarded === true;
}

/**
 * Changes with the mapping and with the tables' columns: work surveyed under one is never carried out under another. Runs
 * and plans of earlier releases contain it, so its form is fixed: a key that joins the mapping later is left out while it
 * is not set, or the form without it joins the former ones. `document` came after the first release.
 */
function fingerprints(
  mapping: CollectionMapping,
  rows: TableInfo | null,
  chunks: TableInfo | null,
  children: readonly (TableInfo | null)[],
): Pick<Inspection, 'fingerprint' | 'formerFingerprints'> {
  const digest = (form: object) =>
    createHash('sha256')
      .update(JSON.stringify([form, ...[rows, chunks, ...children].map((info) => info?.columns ?? null)]))
      .digest('hex')
      .slice(0, 16);
  const recorded = recordedMapping(mapping);
  const { document, ...first } = recorded;
  return { fingerprint: digest(recorded), formerFingerprints: document === null ? [digest(first)] : [] };
}
