import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import { ensureSchema, lockSchema } from '../../../state/migrate.ts';
import { ensureResultTables } from './results.ts';
import type { PostgresMapping } from './scope.ts';

/**
 * Coppice's own tables for a graph, for who has none yet, and what a recompute writes, for everybody. No foreign keys: a
 * document that goes must leave its mentions for the collectors to find.
 */
export async function ensureGraphTables(tx: Tx, mapping: PostgresMapping): Promise<void> {
  const { documents, entities, mentions, relations, vectors, resultSchema } = mapping.place;
  await lockSchema(tx);
  await ensureSchema(tx, resultSchema);
  if (!mapping.mapped && mentions !== null) {
    await sql`create extension if not exists vector`.execute(tx);
    await sql`create table if not exists ${tableRef(documents.table)} (
      group_id text, id text not null, name text, created_at timestamptz not null default now(),
      deprecated_at timestamptz, unique nulls not distinct (group_id, id)
    )`.execute(tx);
    await sql`create table if not exists ${tableRef(entities.table)} (
      group_id text, id text not null, name text, entity_type text, summary text, embedding vector,
      created_at timestamptz not null default now(), deprecated_at timestamptz,
      unique nulls not distinct (group_id, id)
    )`.execute(tx);
    await sql`create table if not exists ${tableRef(mentions.table)} (
      group_id text, document_id text not null, entity_id text not null, created_at timestamptz not null default now(),
      unique nulls not distinct (group_id, document_id, entity_id)
    )`.execute(tx);
    await sql`create table if not exists ${tableRef(relations.table)} (
      group_id text, id text not null, source text not null, target text not null, document_id text, name text,
      summary text, weight double precision, embedding vector, created_at timestamptz not null default now(),
      deprecated_at timestamptz, unique nulls not distinct (group_id, id)
    )`.execute(tx);
    if (vectors !== null) await ensureVectorTable(tx, vectors.table);
  }
  await ensureResultTables(tx, mapping);
}

export async function ensureVectorTable(tx: Tx, table: TableName): Promise<void> {
  await sql`create table if not exists ${tableRef(table)} (
    group_id text, id text not null, document_id text, entity_id text, name text, embedding vector,
    created_at timestamptz not null default now(), deprecated_at timestamptz,
    unique nulls not distinct (group_id, id)
  )`.execute(tx);
}
