import { type Kysely, sql } from 'kysely';

/** Sign-in links and sessions of the console. Each belongs to a token, and ends with it. Secrets are kept as digests. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table coppice.console_links (
     hash text primary key,
     token_id text not null references coppice.tokens (id) on delete cascade,
     created_at timestamptz not null default now(),
     expires_at timestamptz not null
   )`,
  `create table coppice.console_sessions (
     hash text primary key,
     token_id text not null references coppice.tokens (id) on delete cascade,
     created_at timestamptz not null default now(),
     expires_at timestamptz not null
   )`,
];
