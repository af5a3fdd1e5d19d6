import { expect, it } from 'vitest';
import { packagesLoadedWith } from '../support/static-imports.ts';

it('every command loads only the parser of the command line first, and --help and --version need no more', () => {
  expect(packagesLoadedWith('cli/main.ts')).toEqual(['commander']);
});

it('a list of runs loads no store but the database, no client of Temporal, no worker and no server', () => {
  const modules = ['cli/main.ts', 'config/load.ts', 'cli/session.ts', 'operations/runs/runs.ts'];
  expect(packagesLoadedWith(...modules)).toEqual([
    '@opentelemetry/api',
    '@temporalio/envconfig',
    'commander',
    'croner',
    'kysely',
    'p-limit',
    'pg',
    'yaml',
    'zod',
  ]);
});

it('of the stores outside PostgreSQL only those that are configured are loaded', () => {
  const loaded = packagesLoadedWith('assemble.ts');
  expect(loaded).toContain('pg');
  expect(loaded.filter((name) => ['neo4j-driver', '@redis/client'].includes(name))).toEqual([]);
});
