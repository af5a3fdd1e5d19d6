import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { runTool } from '../../src/local/run-tool.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { postgresBinaries } from '../../tools/servers/postgres-install.ts';
import type { TestServer } from '../../tools/servers/server.ts';
import { startTemporal, type TemporalTestServer } from '../../tools/servers/temporal.ts';
import { runSql } from '../presets/run-sql.ts';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.ts';
import { describeWithPython } from '../support/python.ts';
import { until } from '../support/until.ts';
import { fencesOf, missingLines, openTerminal, type Terminal } from './shell-page.ts';

const root = dirname(dirname(import.meta.dirname));
const page = readFileSync(join(root, 'docs/first-ten-minutes.md'), 'utf8');
/** Of OpenAI's usual embedder, for which mem0 makes its table. */
const dimensions = 1536;
const log = () => {};

await describeWithPython('docs/first-ten-minutes.md, followed to the letter', ({ python }) => {
  // Servers of its own: the page names roles and a schedule that other tests would meet.
  let postgres: TestServer;
  let temporal: TemporalTestServer;
  let models: ModelStandIn;
  let folder: string;
  let terminal: Terminal;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-page-'));
    [postgres, temporal, models] = await Promise.all([
      startPostgres({ fast: true, log }),
      startTemporal({ log }),
      startModelStandIn(dimensions),
    ]);
    await runSql(postgres.url, `create role app superuser login`);
    await runSql(postgres.url, `create database app owner app`);
    terminal = openTerminal(folder, {
      PATH: `${await commands()}:${process.env.PATH}`,
      ...{ HOME: folder, NO_COLOR: '1', LANG: 'C.UTF-8' },
      ...{ OPENAI_API_KEY: 'none', OPENAI_BASE_URL: models.url },
    });
  });
  afterAll(async () => {
    await terminal?.interrupt();
    await Promise.all([postgres?.stop(), temporal?.stop(), models?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Commands that the page expects on PATH. */
  async function commands(): Promise<string> {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const psql = join(await postgresBinaries(cacheDir(process.env), log), 'psql');
    const found = { python3: [python], psql: [psql], coppice: [process.execPath, join(root, 'bin/coppice.mjs')] };
    for (const [name, command] of Object.entries(found)) {
      writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    return bin;
  }

  it('every command does as the page describes', { timeout: 300_000 }, async () => {
    const { host } = new URL(postgres.url);
    const fences = fencesOf(page.replaceAll('localhost:5432', host).replaceAll('localhost:7233', temporal.address));
    expect(fences.length).toBeGreaterThan(20);
    for (const [at, { language, info, text }] of fences.entries()) {
      const next = fences[at + 1];
      const promised = next?.language === 'text' ? next.text : '';
      if (language === 'python') writeFileSync(join(folder, info), text);
      if (language !== 'sh') continue;
      if (info === 'second terminal') {
        await terminal.second(text, promised);
        continue;
      }
      if (info.includes('after Ctrl-C')) expect(await terminal.interrupt()).toBe(0);
      const { code, output } = await terminal.paste(text);
      const told = `$ ${text}${output}`;
      expect({ code, missing: missingLines(promised, output), told }).toEqual({
        code: Number(/exits with (\d)/.exec(info)?.[1] ?? 0),
        missing: [],
        told,
      });
    }
  });

  it('and leaves the application as it was', async () => {
    const client = new pg.Client({ connectionString: postgres.url.replace(/postgres$/, 'app') });
    await client.connect();
    const { rows: tables } = await client.query(`select schemaname || '.' || tablename as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`);
    const { rows: roles } = await client.query(`select rolname from pg_roles where rolname ~ 'coppice'`);
    await client.end();
    expect({ tables, roles }).toEqual({ tables: [{ name: 'public.mem0' }], roles: [] });
    await until('the schedule is gone', async () => {
      const list = ['schedule', 'list', '--address', temporal.address, '--output', 'json'];
      return !(await runTool(temporal.cliPath, list, { timeoutMs: 30_000 })).includes('ttl-cleanup');
    });
  });
});
