import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** Tables as the libraries make them, in the words of their own versions; what they write is tested in test/presets. */
const mem0 = (name: string) => `create table ${name} (id uuid primary key, vector vector(3), payload jsonb)`;
const langchain = (schema: string) => `
  create table ${schema}.langchain_pg_collection (uuid uuid primary key, name varchar not null unique, cmetadata json);
  create table ${schema}.langchain_pg_embedding (id varchar primary key,
    collection_id uuid references ${schema}.langchain_pg_collection (uuid) on delete cascade,
    embedding vector, document varchar, cmetadata jsonb)`;
export const llamaIndexTable = (name: string, vector = 'vector(3)') => `create table ${name} (id bigserial primary key,
    text varchar not null, metadata_ json, node_id varchar, embedding ${vector})`;

export async function createKnownTables(db: Db): Promise<void> {
  await sql
    .raw(`
    create schema crm;
    ${mem0('mem0')};
    ${mem0('mem0migrations')};
    ${mem0('mem0_entities')};
    ${mem0('crm.agents')};
    create table "DocumentChunk_text" (id uuid primary key, payload json, vector vector(3));
    create table "Entity_name" (id uuid primary key, payload jsonb, vector vector(3));
    ${langchain('public')};
    ${llamaIndexTable('data_manuals', 'halfvec(3)')};
    create schema knowledge;
    create table knowledge.documents (id text primary key, workspace text, url text, title text, content text,
      content_hash text, quality real, fetched_at timestamptz, expires_at timestamptz);
    create table knowledge.chunks (id text, document_id text, text text, embedding vector);

    insert into mem0 select gen_random_uuid(), '[1,2,3]', jsonb_build_object('data', 'secret text', 'user_id', 'u' || n)
      from generate_series(1, 9) n;
    insert into mem0 values (gen_random_uuid(), '[1,2,3]', '{"data": "of an agent", "agent_id": "bot"}');
    insert into crm.agents values (gen_random_uuid(), '[1,2,3]', '{"data": "of an agent", "agent_id": "bot"}');
    insert into langchain_pg_embedding
      select n::text, null, '[1,2,3]', 'secret text', jsonb_build_object('file_path', 'secret/' || n, 'ingestedAt',
        '2024-05-0' || n || 'T10:00:00Z', 'valid_until', '2024-06-0' || n, 'a "secret": key', 1) from generate_series(1, 4) n;
    ${llamaIndexTable('data_broken')};
    insert into data_broken (text, metadata_) values ('text', '{"no jsonb": "\\u0000"}');
    insert into data_manuals (text, metadata_, node_id, embedding) values ('secret text',
      '{"_node_type": "TextNode", "ref_doc_id": "one", "tenant": "secret", "expires_at": "2024-01-01T00:00:00Z"}', 'n', '[1,2,3]')`)
    .execute(db);
}

/** Tables nobody knows, some with names that have to be kept out of the file. */
export async function createOtherTables(db: Db): Promise<void> {
  await sql
    .raw(`
    create table articles (article_id bigint primary key, tenant_id text, body text, embedding vector(3),
      valid_until timestamp, created timestamptz);
    create table items (langchain_id uuid primary key, content text, embedding vector(3), langchain_metadata json);
    insert into items select gen_random_uuid(), 'secret', '[1,2,3]', json_build_object('source', 'secret', 'tenant', 'secret',
      'expires_at', '2024-01-0' || n, E'expires\n"jobs"', '2024-01-01') from generate_series(1, 3) n;
    create table plain_vectors (id int primary key, embedding vector(3), metadata jsonb);
    insert into plain_vectors values (1, '[1,2,3]', '{"created": "2024-01-01", "expires.at": "2024-01-01"}');
    create table notes (id uuid primary key, expires date);
    create table sessions (token text, expires_at timestamptz);
    create table counters (id int primary key, expires_at bigint);
    create table invoices (id int primary key, total numeric);
    create table "Robert'); drop table students" (id int primary key, expires_at timestamptz);
    create table "new
jobs:
  ttl-cleanup: {enabled: true}" (id int primary key, expires_at timestamptz);
    create table odd (id int primary key, "expires ""at""" timestamptz);
    create table "my.memories" (id uuid primary key, vector vector(3), payload jsonb)`)
    .execute(db);
}
