import pg from 'pg';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { migrateAll } from '../src/prepare.ts';
import { log } from './servers.ts';

/** Everything due was due long before; everything else stays for long. The same rows at every run. */
const expired = '2020-01-01T00:00:00Z';
const lasting = '2100-01-01T00:00:00Z';

export interface Template {
  readonly name: string;
  readonly rows: number;
  readonly partitions: number;
  /** False: chunks and vectors are kept elsewhere. */
  readonly chunks?: boolean;
}

/**
 * A database with Coppice's tables and N documents, each with a chunk and its vector of 384 dimensions; every other one
 * has expired. Ids are hashes, as most applications' are random: in the order of ids, rows lie anywhere in the table.
 */
export async function makeTemplate(server: string, template: Template): Promise<void> {
  const { name, rows, partitions } = template;
  log(`Template: ${rows} documents in ${partitions} partitions`);
  await query(server, `create database ${name}`);
  const url = databaseUrl(server, name);
  await query(url, 'create extension vector');
  const parts = await assemble(loadConfig({ DATABASE_URL: url }), url, 'coppice bench');
  await migrateAll(parts);
  await parts.close();
  await query(
    url,
    // Each copy becomes an installation of its own: no worker runs on the copy of another's database.
    'delete from coppice.installation',
    `insert into knowledge.documents
       (id, workspace, url, title, content, content_hash, quality, fetched_at, expires_at)
     select md5(n::text), 'workspace ' || (n / 2) % ${partitions}, 'https://example.org/' || n, 'Document ' || n,
       repeat(md5(n::text) || ' ', 12), md5(n::text), 0.5, '${expired}',
       case when n % 2 = 0 then '${expired}'::timestamptz else '${lasting}' end
     from generate_series(1, ${rows}) n`,
    `insert into knowledge.chunks (id, document_id, text, embedding)
     select '0', d.id, d.content,
       (select array_agg(sin(get_byte(decode(d.id, 'hex'), k % 16) + k)::real order by k)
        from generate_series(1, 384) k)::vector
     from knowledge.documents d`,
    ...(template.chunks === false ? ['truncate knowledge.chunks'] : []),
    'vacuum analyze',
  );
}

/** A table as mem0 writes it on pgvector, every other memory past its date. */
export async function makeJsonTemplate(server: string, { name, rows, partitions }: Template): Promise<void> {
  log(`Template: ${rows} memories in ${partitions} partitions`);
  await query(server, `create database ${name}`);
  const url = databaseUrl(server, name);
  await query(
    url,
    'create extension vector',
    'create table public.mem0 (id uuid primary key, vector vector(384), payload jsonb)',
    `insert into public.mem0
     select md5(n::text)::uuid,
       (select array_agg(sin(get_byte(decode(md5(n::text), 'hex'), k % 16) + k)::real order by k)
        from generate_series(1, 384) k)::vector,
       jsonb_build_object('data', repeat(md5(n::text) || ' ', 4), 'hash', md5(n::text),
         'user_id', 'user ' || (n / 2) % ${partitions}, 'created_at', '${expired}',
         'expiration_date', case when n % 2 = 0 then '2020-01-01' else '2100-01-01' end)
     from generate_series(1, ${rows}) n`,
    'vacuum analyze',
  );
}

/** A fresh copy, its pages seen once and on disk, so that every contestant starts alike. */
export async function copyOf(server: string, { name }: Pick<Template, 'name'>): Promise<string> {
  const copy = `${name}_copy`;
  await dropCopy(server, { name });
  await query(server, `create database ${copy} template ${name}`, 'checkpoint');
  const url = databaseUrl(server, copy);
  await query(
    url,
    `do $$ declare t regclass; begin
       for t in select oid from pg_class where relkind = 'r' and relnamespace in (
         select oid from pg_namespace where nspname in ('knowledge', 'public')) loop
         execute format('select count(*) from %s x where x is null', t);
       end loop; end $$`,
  );
  return url;
}

export async function dropCopy(server: string, { name }: Pick<Template, 'name'>): Promise<void> {
  await query(server, `drop database if exists ${name}_copy with (force)`);
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

export async function query(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
