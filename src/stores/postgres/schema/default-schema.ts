import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import { kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { ensureResultTables } from '../../../state/intelligence/tables.ts';
import { ensureSchema } from '../../../state/migrate.ts';

/**
 * Coppice's own tables for documents and chunks, for who has none yet. The chunks' foreign key does not cascade: a chunk
 * must never vanish unrecorded, whoever deletes its document. It restricts, since the default (no action) asks twice for
 * each document that goes, which is a quarter of the time that a removal takes.
 */
export async function ensureDefaultSchema(tx: Tx, mapping: CollectionMapping): Promise<void> {
  if (kindOf(mapping) === 'queries') await ensureResultTables(tx);
  if (mapping.mapped) return;
  await ensureSchema(tx, mapping.table.schema);
  if (kindOf(mapping) !== 'documents') return ensureOtherKind(tx, mapping);
  await sql`create table if not exists ${tableRef(mapping.table)} (
    id text primary key,
    workspace text,
    url text,
    title text,
    content text,
    content_hash text,
    quality real,
    fetched_at timestamptz,
    expires_at timestamptz
  )`.execute(tx);
  if (mapping.vectors.in !== 'table' || mapping.vectors.table.schema !== mapping.table.schema) return;
  await sql`create extension if not exists vector`.execute(tx);
  await sql`create table if not exists ${tableRef(mapping.vectors.table)} (
    id text not null,
    document_id text not null references ${tableRef(mapping.table)} (id) on delete restrict,
    text text,
    embedding vector,
    primary key (document_id, id)
  )`.execute(tx);
}

async function ensureOtherKind(tx: Tx, mapping: CollectionMapping): Promise<void> {
  if (kindOf(mapping) === 'attributes') return ensureAttributes(tx, mapping);
  if (kindOf(mapping) === 'queries') return ensureQueries(tx, mapping);
  if (kindOf(mapping) !== 'memories') return;
  await sql`create extension if not exists vector`.execute(tx);
  await sql`create table if not exists ${tableRef(mapping.table)} (
    id text primary key,
    user_id text,
    bot_id text,
    content text,
    content_hash text,
    tier text,
    score double precision,
    created_at timestamptz,
    last_accessed_at timestamptz,
    access_count bigint,
    pinned boolean,
    links jsonb,
    expires_at timestamptz,
    embedding vector
  )`.execute(tx);
  // Links of a user's memories are looked up before any of them is removed.
  await sql`create index if not exists ${sql.id(`${mapping.table.name}_user_id`)} on ${tableRef(mapping.table)} (user_id)`.execute(
    tx,
  );
}

/** An id that the application does not give is made by the database. */
async function ensureAttributes(tx: Tx, mapping: CollectionMapping): Promise<void> {
  await sql`create table if not exists ${tableRef(mapping.table)} (
    id text primary key default gen_random_uuid()::text,
    entity_id text,
    entity_type text,
    bot_id text,
    category text,
    key text,
    value text,
    confidence double precision,
    source text,
    updated_at timestamptz default now(),
    expires_at timestamptz
  )`.execute(tx);
  const index = sql.id(`${mapping.table.name}_entity`);
  await sql`create index if not exists ${index} on ${tableRef(mapping.table)} (entity_id)`.execute(tx);
}

async function ensureQueries(tx: Tx, mapping: CollectionMapping): Promise<void> {
  await sql`create extension if not exists vector`.execute(tx);
  await sql`create table if not exists ${tableRef(mapping.table)} (
    id text primary key,
    user_id text,
    question text,
    answer text,
    asked_at timestamptz default now(),
    answer_score double precision,
    expires_at timestamptz,
    embedding vector
  )`.execute(tx);
  const index = sql.id(`${mapping.table.name}_user_id`);
  await sql`create index if not exists ${index} on ${tableRef(mapping.table)} (user_id)`.execute(tx);
}
