import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { assemble, type Parts } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Duty } from '../../src/operations/setup/grants/needs.ts';
import { createDatabase } from '../../tools/servers/database.ts';

/** An application's database in which nobody may anything, with three fresh roles beside it. */
export interface Application {
  readonly url: string;
  readonly file: string;
  /** The database's address for one of the roles. */
  urlOf(duty: Duty): string;
  partsOf(duty: Duty | 'superuser'): Promise<Parts>;
  /** Runs SQL as the superuser. */
  execute(statements: string): Promise<pg.QueryResult>;
  executeAs(duty: Duty, statements: string): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

const schema = `
  create schema app;
  create table app.articles (id text primary key, tenant text, body text, valid_until timestamptz);
  create table app.chunks (id text, article_id text references app.articles, text text, embedding vector(3),
    primary key (article_id, id));
  create table app.tenants (no int primary key, slug text, secret text);
  create table app.pieces (id uuid primary key, tenant_no int references app.tenants, meta jsonb, embedding vector(3),
    valid_until timestamptz);
  create table app.memories (id uuid primary key, vector vector(3), payload jsonb)`;

/** Of each collection four rows are due, and six for a long time not. */
const expires = "(case when n <= 4 then date '2026-05-01' else date '2100-01-01' end)";

const rows = `
  insert into app.articles select 'a' || n, 'tenant ' || n % 2, 'body ' || n, ${expires}
    from generate_series(1, 10) n;
  insert into app.chunks select c::text, 'a' || n, 'chunk', format('[%s,%s,0.5]', n, c)::vector
    from generate_series(1, 10) n, generate_series(1, 2) c;
  insert into app.tenants select n, 'slug ' || n, 'secret' from generate_series(0, 1) n;
  insert into app.pieces select gen_random_uuid(), n % 2, jsonb_build_object('source', 'file ' || n), '[1,2,3]', ${expires}
    from generate_series(1, 10) n, generate_series(1, 2);
  insert into app.memories select ('00000000-0000-0000-0000-0000000000' || lpad(n::text, 2, '0'))::uuid, '[1,2,3]',
    jsonb_build_object('user_id', 'user ' || n % 2, 'data', 'secret ' || n,
      'expiration_date', ${expires}::text)
    from generate_series(1, 10) n`;

/** Every row moves, as by an update in between: then a batch has to lock it and look again. */
export const moveRows = `
  update app.articles set body = body; update app.memories set payload = payload;
  update knowledge.documents set content = content`;

/** Those of the default schema, once that is there. */
export const documentRows = `
  insert into knowledge.documents (id, workspace, content, fetched_at, expires_at)
    select 'd' || n, 'space', 'text', now(), ${expires} from generate_series(1, 10) n;
  insert into knowledge.chunks select '1', 'd' || n, 'text', '[1,2,3]' from generate_series(1, 10) n`;

const collections = {
  articles: {
    table: 'app.articles',
    workspace: 'tenant',
    expires_at: 'valid_until',
    vectors: { in: 'table', table: 'app.chunks', document: 'article_id' },
  },
  pieces: {
    table: 'app.pieces',
    document: { path: 'meta.source' },
    workspace: { column: 'tenant_no', through: { table: 'app.tenants', key: 'no', value: 'slug' } },
    expires_at: 'valid_until',
    vectors: { in: 'row', column: 'embedding' },
  },
  memories: {
    table: 'app.memories',
    workspace: { path: 'payload.user_id' },
    expires_at: { path: 'payload.expiration_date', type: 'date' },
    vectors: { in: 'row' },
  },
  documents: {},
};

export async function createApplication(
  server: string,
  roles: Readonly<Record<Duty, string>>,
  settings: object = {},
): Promise<Application> {
  const database = await createDatabase(server);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-test-'));
  const file = join(folder, 'coppice.yaml');
  writeFileSync(
    file,
    stringify({ database: { migrations: 'off' }, collections, graphs: { graph: null }, ...settings }),
  );
  const parts: Parts[] = [];
  const urlOf = (duty: Duty) => {
    const url = new URL(database.url);
    url.username = roles[duty];
    return url.href;
  };
  const run = async (url: string, statements: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(statements);
    } finally {
      await client.end();
    }
  };
  const name = new URL(database.url).pathname.slice(1);
  await run(database.url, `revoke all on database "${name}" from public; ${schema}; ${rows}`);
  return {
    url: database.url,
    file,
    urlOf,
    partsOf: async (duty) => {
      const url = duty === 'superuser' ? database.url : urlOf(duty);
      const one = await assemble(loadConfig({ COPPICE_CONFIG: file, DATABASE_URL: url }), url, 'test');
      parts.push(one);
      return one;
    },
    execute: (statements) => run(database.url, statements),
    executeAs: (duty, statements) => run(urlOf(duty), statements),
    close: async () => {
      await Promise.all(parts.map((one) => one.close()));
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
