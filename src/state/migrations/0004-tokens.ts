import { type Kysely, sql } from 'kysely';

/** Tokens of the HTTP API. Only hashes of the secrets are kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table coppice.tokens (
    id text primary key,
    name text not null,
    hash text not null,
    scope text not null check (scope in ('read', 'run', 'admin')),
    workspaces text[],
    groups text[],
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
  )`.execute(db);
  // A name is free again once its token is revoked; the record says whose it was.
  await sql`create unique index tokens_name on coppice.tokens (name) where revoked_at is null`.execute(db);
}
