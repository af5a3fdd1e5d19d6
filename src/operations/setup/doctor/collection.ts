import { sql } from 'kysely';
import { type Drift, measureDrift } from '../../../activities/drift.ts';
import type { CollectionParts, Parts } from '../../../assemble.ts';
import { toStoreError } from '../../../database/errors.ts';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { softDeleteTerm } from '../../../domain/soft-delete.ts';
import { StoreError } from '../../../domain/store-errors.ts';
import { effectsOf } from '../../../stores/postgres/schema/unseen-effects.ts';
import { type ClassFindings, inspectWeaviateClass } from '../../../stores/weaviate/inspect.ts';
import { circleRemarks } from './circles.ts';
import { type FieldReport, fieldReports, unreadableFields } from './fields.ts';
import { type Advice, indexAdvice } from './index-advice.ts';
import { refreshFindings } from './refresh.ts';
import { replicaIdentityProblems } from './replica-identity.ts';
import { updateRemarks } from './update-remarks.ts';

export interface CollectionReport {
  readonly collection: string;
  readonly table: string;
  /** The planner's estimate; `null` before the first ANALYZE. */
  readonly rows_estimated: number | null;
  readonly vectors: string;
  readonly chunks_estimated: number | null;
  readonly fields: readonly FieldReport[];
  /** Effects that the mapping accepts, a clause each. */
  readonly accepted: readonly string[];
  /** Names that the mapping accepts and that nothing has. */
  readonly accepted_in_vain: readonly string[];
  /** Good to know, and no reason to stop. */
  readonly remarks: readonly string[];
  /** Problems, a sentence each. */
  readonly problems: readonly string[];
  /** Indexes that would help, printed and never made. */
  readonly advice: readonly Advice[];
  /** Only with `--drift`. */
  readonly drift: Drift | null;
}

export interface CollectionOptions {
  readonly drift: boolean;
  /** Whether there are embeddings to compare the stored vectors with. */
  readonly embeddings: boolean;
}

/** An error while the report on a collection is made is a problem of that collection. */
export async function collectionReport(
  parts: Parts,
  own: CollectionParts,
  options: CollectionOptions,
): Promise<CollectionReport> {
  try {
    return await lookAt(parts, own, options);
  } catch (caught) {
    const error = toStoreError(caught);
    // Without the database there is no report at all.
    if (error instanceof StoreError && error.wholeStore) throw caught;
    const { mapping } = own.store;
    return {
      ...{ collection: mapping.name, table: `${mapping.table.schema}.${mapping.table.name}`, rows_estimated: null },
      ...{ vectors: own.vectors?.description ?? 'none', chunks_estimated: null, fields: [], accepted: [] },
      ...{ accepted_in_vain: [], remarks: [], advice: [], drift: null },
      problems: [`cannot be looked at: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
}

async function lookAt(
  parts: Parts,
  own: CollectionParts,
  { drift, embeddings }: CollectionOptions,
): Promise<CollectionReport> {
  const { db } = parts;
  const { store, vectors } = own;
  const { mapping } = store;
  const { rows, chunks, children, problems } = await store.inspect(db);
  const chunkTable = mapping.vectors.in === 'table' ? mapping.vectors.table : null;
  const sound = embeddings && rows !== null && problems.length === 0;
  const refresh = sound ? await refreshFindings(parts, own) : { problems: [], remarks: [] };
  const fields =
    rows === null || problems.length > 0 ? [] : await fieldReports(db, mapping, rows, { chunks, children });
  const weaviate = await weaviateFindings(parts, mapping);
  const all = [
    ...problems,
    ...unreadableFields(mapping.name, fields),
    ...refresh.problems,
    ...(rows === null ? [] : await replicaIdentityProblems(db, mapping)),
    ...weaviate.problems,
  ];
  const effects = rows === null ? [] : await effectsOf(db, mapping);
  const refused = effects.filter((effect) => effect.refused);
  const updates =
    rows === null || problems.length > 0 ? { remarks: [], acceptable: [] } : await updateRemarks(db, mapping);
  const acceptable = new Set([...refused.map(({ name }) => name), ...updates.acceptable]);
  return {
    collection: mapping.name,
    table: `${mapping.table.schema}.${mapping.table.name}`,
    rows_estimated: await estimatedRows(db, mapping.table),
    vectors: vectors?.description ?? (mapping.vectors.in === 'row' ? `column ${mapping.vectors.column}` : 'none'),
    chunks_estimated: chunkTable === null ? null : await estimatedRows(db, chunkTable),
    fields,
    accepted: refused.filter(({ name }) => mapping.accept.includes(name)).map(({ what }) => what),
    accepted_in_vain: mapping.accept.filter((name) => !acceptable.has(name)),
    remarks: [
      ...effects.filter((effect) => !effect.refused).map(({ what }) => what),
      ...(rows === null ? [] : await circleRemarks(db, mapping)),
      ...updates.remarks,
      ...refresh.remarks,
      ...weaviate.remarks,
      ...shareRemarks(mapping),
    ],
    problems: all,
    advice: rows === null ? [] : await indexAdvice(db, mapping),
    drift: drift && all.length === 0 && vectors !== null ? await measureDrift(db, store, vectors) : null,
  };
}

function shareRemarks(mapping: CollectionMapping): string[] {
  const term = softDeleteTerm(mapping);
  if (term === null) return [];
  const field = [term.column, ...term.keys].join('.');
  return [
    `the filter on ${field} takes the rows that are marked as deleted, of which nearly all are due, so that the brake holds ` +
      `every run: set collections.${mapping.name}.share_of: table to measure their share of the whole table`,
  ];
}

/** Of a partitioned table its parts count. */
async function estimatedRows(db: Db, table: TableName): Promise<number | null> {
  const { rows } = await sql<{ rows: number | null }>`
    with recursive tree as (
      select to_regclass(${quoted(table)})::oid as oid
      union
      select i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
    )
    select sum(c.reltuples) filter (where c.reltuples >= 0)::int8 as rows
    from tree join pg_class c on c.oid = tree.oid where c.relkind <> 'p'`.execute(db);
  return rows[0]?.rows ?? null;
}

async function weaviateFindings({ config: { weaviate } }: Parts, mapping: CollectionMapping): Promise<ClassFindings> {
  if (mapping.vectors.in !== 'weaviate' || weaviate === null) return { problems: [], remarks: [] };
  const apiKey = weaviate.apiKey === null ? {} : { apiKey: weaviate.apiKey };
  try {
    return await inspectWeaviateClass({
      url: weaviate.url,
      ...apiKey,
      timeoutMs: weaviate.timeoutSeconds * 1000,
      mapping: mapping.vectors,
    });
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)], remarks: [] };
  }
}
