import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeWithProgram } from '../support/programs.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { type Pooler, startPgbouncer } from './pgbouncer.ts';

const documents: SeedDocument[] = Array.from({ length: 120 }, (_, at) => ({
  ...{ id: `d${at}`, workspace: `w${at % 12}`, expired: at < 60 },
}));

describeWithProgram('pgbouncer', 'pgbouncer', 'behind PgBouncer in transaction mode', (program) => {
  describeEndToEnd('a worker and commands', (servers) => {
    let pooler: Pooler;
    let installation: Installation;

    beforeAll(async () => {
      pooler = await startPgbouncer(program, servers.postgresUrl);
      const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
      installation = await createInstallation({
        ...servers,
        postgresUrl: pooler.url,
        settings: { jobs: { 'ttl-cleanup': { brake, parameters: { batch_size: 3 } } } },
      });
      await seed(installation.parts, documents);
      await installation.worker();
      await installation.worker();
    });
    afterAll(async () => {
      await installation?.close();
      await pooler?.stop();
    });

    it('runs started together share the lease: one removes, and the others end as skipped', async () => {
      const { cli } = installation;
      const before = await contentsOf(installation.parts);
      const runs = await Promise.all([1, 2, 3].map(() => cli('run', 'ttl-cleanup', '--wait', '--json')));
      const removed = runs.flatMap(({ json }) => (json.status === 'success' ? [json] : []));
      expect(runs.map(({ json }) => json.status).every((status) => status === 'success' || status === 'skipped')).toBe(
        true,
      );
      expect(removed.reduce((all, run) => all + (run.totals.deleted_documents ?? 0), 0)).toBe(60);
      const [run] = removed.filter(({ totals }) => totals.deleted_documents === 60);
      const undone = await cli('undo', run?.run_id, '--wait', '--json');
      expect(undone.json).toMatchObject({ status: 'success', totals: { restored_documents: 60 } });
      expect(await contentsOf(installation.parts)).toEqual(before);
      expect((await cli('lease', 'show', '--json')).json).toEqual([]);
    });

    it('leaves no setting of its own, no lock and no temporary table on the connections that others get', async () => {
      const client = new pg.Client({ connectionString: installation.databaseUrl });
      await client.connect();
      const { rows } = await client.query(`select name, setting from pg_settings
        where source = 'session' and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')`);
      await client.end();
      expect(rows).toEqual([]);
      const { db } = installation.parts;
      const locks = await sql`select from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory'`.execute(db);
      expect(locks.rows).toEqual([]);
      const temporary = await sql`select from pg_class where relpersistence = 't'`.execute(db);
      expect(temporary.rows).toEqual([]);
    });
  });
});
