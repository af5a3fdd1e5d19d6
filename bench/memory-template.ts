import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { migrateAll } from '../src/prepare.ts';
import { log, type Servers } from './servers.ts';
import { databaseUrl, query } from './template.ts';

export const memoryCollections = { documents: {}, memories: { kind: 'memories' } };

export interface MemoryTemplate {
  readonly name: string;
  readonly rows: number;
  readonly users: number;
  /** Components of the vector in each row; 0: none. */
  readonly dimensions: number;
  /** Every so many rows one is a copy of the row before; 0: none is. */
  readonly copyEvery: number;
}

/** A database with Coppice's tables and N memories that nobody used for 60 days. Ids are hashes. */
export async function makeMemoryTemplate(servers: Servers, template: MemoryTemplate): Promise<void> {
  const { name, rows, users, dimensions, copyEvery } = template;
  log(`Template: ${rows} memories of ${users} users`);
  await query(servers.postgresUrl, `create database ${name}`);
  const url = databaseUrl(servers.postgresUrl, name);
  await query(url, 'create extension vector');
  const file = join(servers.folder, 'memories.yaml');
  writeFileSync(file, stringify({ collections: memoryCollections }));
  const parts = await assemble(loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: file }), url, 'coppice bench');
  await migrateAll(parts);
  await parts.close();
  const original = copyEvery === 0 ? 'n' : `(case when n % ${copyEvery} = 0 then n - 1 else n end)`;
  const vector =
    dimensions === 0
      ? 'null'
      : `(select array_agg(sin(get_byte(decode(md5(n::text), 'hex'), k % 16) + k)::real order by k)
          from generate_series(1, ${dimensions}) k)::vector`;
  await query(
    url,
    'delete from coppice.installation',
    `insert into knowledge.memories (id, user_id, content, content_hash, tier, score, created_at, last_accessed_at,
         access_count, embedding)
     select md5(n::text), 'user ' || (${original} / 10) % ${users}, repeat(md5(${original}::text) || ' ', 4),
       md5(${original}::text), 'SHORT', 0.5 + n % 100 / 1000.0, now() - interval '90 days' + n * interval '1 second',
       now() - interval '60 days', 1, ${vector}
     from generate_series(1, ${rows}) n`,
    'vacuum analyze',
  );
}
