import { type Kysely, sql } from 'kysely';

/** Sources of documents, and documents whose vectors are being exchanged in another store. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table coppice.sources (
       collection text not null,
       row_id text not null,
       url text,
       etag text,
       last_modified text,
       content_hash text,
       looked_at timestamptz not null default now(),
       run_no bigint not null,
       part_no integer not null,
       epoch bigint not null,
       outcome text not null,
       reason text,
       primary key (collection, row_id)
     )`,
    `create index sources_trouble on coppice.sources (run_no, part_no)
       where outcome not in ('refreshed', 'unchanged')`,
    `create table coppice.swaps (
       collection text not null,
       row_id text not null,
       partition text not null,
       run_no bigint not null,
       part_no integer not null,
       state text not null,
       new_ids jsonb not null,
       old jsonb not null,
       created_at timestamptz not null default now(),
       primary key (collection, row_id)
     )`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
