import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';

const documents = Array.from({ length: 300 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 3}`,
  expired: at % 10 === 0,
}));

describeEndToEnd('preview', (servers) => {
  let installation: Installation;
  let reader: NodeJS.ProcessEnv;

  beforeAll(async () => {
    installation = await createInstallation(servers);
    const { parts, databaseUrl, env } = installation;
    await seed(parts, documents);
    await sql`insert into knowledge.documents (id, workspace, fetched_at) values ('old', 'w0', now() - interval '100 days')`.execute(
      parts.db,
    );
    const role = `reader_${installation.id}`;
    await sql.raw(`create role ${role} login password 'reader'`).execute(parts.db);
    await sql.raw(`grant usage on schema knowledge to ${role}`).execute(parts.db);
    await sql.raw(`grant select on all tables in schema knowledge to ${role}`).execute(parts.db);
    const url = new URL(databaseUrl);
    url.username = role;
    url.password = 'reader';
    reader = { ...env, DATABASE_URL: url.toString(), TEMPORAL_ADDRESS: '127.0.0.1:1' };
  });
  afterAll(async () => {
    const { parts } = installation;
    const role = `reader_${installation.id}`;
    await sql.raw(`drop owned by ${role}`).execute(parts.db);
    await sql.raw(`drop role ${role}`).execute(parts.db);
    await installation.close();
  });

  it('works with nothing but SELECT, without Temporal, and lists what would be removed and why', async () => {
    const result = await runCli(['preview', 'ttl-cleanup', '--json'], reader);
    expect(result.code).toBe(0);
    expect(result.json).toMatchObject({ status: 'preview', run_id: null, totals: {} });
    expect(result.json.survey).toMatchObject({ rows: 301, would_delete: 31, partition_count: 3, would_hold: [] });
    const [largest] = result.json.survey.partitions;
    expect(largest).toMatchObject({ partition: 'w0', would_delete: 11, reasons: { expired: 10, too_old: 1 } });
    const due = new Set([
      'old',
      ...documents.filter((one) => one.expired && one.workspace === 'w0').map((one) => one.id),
    ]);
    expect(largest.sample_ids).toHaveLength(5);
    expect(largest.sample_ids.every((id: string) => due.has(id))).toBe(true);
  });

  it('writes nothing: documents, chunks and the tables of Coppice are as before', async () => {
    const { parts } = installation;
    const [before, written] = [await contentsOf(parts), await ownTables(parts.db)];
    await runCli(['preview', 'ttl-cleanup', '--json', '--set', 'max_age_days=off'], reader);
    await runCli(['preview', 'ttl-cleanup', '--json'], installation.env);
    expect(await contentsOf(parts)).toEqual(before);
    expect(await ownTables(parts.db)).toEqual(written);
  });

  it('as a run is recorded as preview and removes nothing', async () => {
    await installation.worker();
    const before = await contentsOf(installation.parts);
    const run = await installation.cli('run', 'ttl-cleanup', '--preview', '--wait', '--json');
    expect(run).toMatchObject({ code: 0, json: { status: 'preview', survey: { would_delete: 31 } } });
    expect(await contentsOf(installation.parts)).toEqual(before);
    expect((await installation.cli('lease', 'show', '--json')).json).toEqual([]);
    const undo = await installation.cli('undo', run.json.run_id, '--json');
    expect(undo).toMatchObject({ code: 1, json: { error: { name: 'UndoRefusedError' } } });
  });
});

/** Every relation of schema coppice with its rows, as text. */
async function ownTables(db: Db): Promise<string> {
  const { rows } = await sql<{ name: string; kind: string }>`
    select relname as name, relkind::text as kind from pg_class where relnamespace = 'coppice'::regnamespace order by 1`.execute(
    db,
  );
  const contents = [];
  for (const { name, kind } of rows) {
    if (kind !== 'r') continue;
    const table = await sql<{
      row: string;
    }>`select t::text as row from ${sql.id('coppice', name)} t order by 1`.execute(db);
    contents.push(table.rows);
  }
  return JSON.stringify([rows, contents]);
}
