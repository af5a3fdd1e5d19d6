import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RunJson } from '../../src/domain/run.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { undoRun } from '../../src/operations/runs/undo.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { randomGroup } from '../stores/graph/corpus.ts';
import { tablesHome } from '../support/graph-home.ts';
import { allOf } from '../support/graph-sweep.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const seeds = Array.from({ length: 30 }, (_, at) => at + 1);
const poisoned = 'group 4';

/** Groups by the dozen, in two commits; what comes in the way of one, or of the worker, is no matter of the others. */
describeEndToEnd('small groups of tables', (servers) => {
  const home = tablesHome();
  let installation: Installation;
  let worker: WorkerProcess;
  let before: string;
  let undisturbed: { readonly totals: object; readonly all: object };

  beforeAll(async () => {
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    const retry = { max_retries: 1, retry_delay_seconds: 0.2 };
    installation = await createInstallation({
      ...servers,
      settings: { ...home.settings, jobs: { 'group-maintenance': { brake, retry, schedules: [] } } },
    });
    await home.load(
      installation,
      seeds.flatMap((seed) => randomGroup({ group: `group ${seed}`, seed, dangling: true })),
    );
    const { db } = installation.parts;
    await sql`create table gate (at text);
      create function wait_at_gate() returns trigger language plpgsql as $$ begin
        if exists (select from gate where at = lower(tg_op) || ' ' || tg_table_name) then
          perform pg_advisory_xact_lock(1);
        end if;
        return null;
      end $$;
      create function refuse() returns trigger language plpgsql as $$ begin
        if exists (select from gate where at = 'poison') then raise 'poisoned' using errcode = '23514'; end if;
        return new;
      end $$`.execute(db);
    for (const gate of ['insert on coppice.ledger_graph', 'insert on knowledge.graph_results']) {
      await sql`create trigger ${sql.id(gate)} before ${sql.raw(gate)} for each statement
        execute function wait_at_gate()`.execute(db);
    }
    await sql`create trigger recorded before update of results_hash on coppice.graph_groups for each statement
      execute function wait_at_gate()`.execute(db);
    await sql`create trigger poison before insert on knowledge.graph_results for each row
      when (new.group_id = ${sql.lit(poisoned)}) execute function refuse()`.execute(db);
    before = await home.contents(installation);
    worker = await installation.worker();
    const run = await ended((await begun()).run_id);
    expect(run).toMatchObject({ status: 'success', partitions: { done: seeds.length } });
    expect(await commitsOf(run)).toEqual([{ commits: 2, groups: seeds.length }]);
    undisturbed = { totals: run.totals, all: await everything() };
    await undone(run);
  }, 120_000);
  afterAll(() => installation?.close());
  afterEach(() => sql`delete from gate`.execute(installation.parts.db));

  function begun(): Promise<RunJson> {
    return runJob(installation.context, 'group-maintenance', {}, { preview: false });
  }

  function ended(runId: string): Promise<RunJson> {
    return waitForRun(installation.context, runId);
  }

  /** How many commits groups took, and how many took so many. */
  async function commitsOf({ run_id }: RunJson) {
    const { rows } = await sql`select p.progress::int as commits, count(*)::int as groups
      from coppice.run_partitions p join coppice.runs r on r.no = p.run_no
      where r.run_id = ${run_id} group by 1 order by 1`.execute(installation.parts.db);
    return rows;
  }

  /** All but the numbers of runs, and how often. */
  async function everything() {
    const { partitions, locks, registry = [], ...all } = await allOf(installation.parts.db, 'graph');
    const groups = registry.map((row) => ({ ...Object(row), version: 0, recomputes: 0, orphans_cleaned: 0 }));
    return {
      ...all,
      versions: all.versions?.map((row) => ({ ...Object(row), computed_at: '' })),
      registry: groups,
      communities: all.communities?.map((row) => ({ ...Object(row), computed_at: '' })),
    };
  }

  /** Everything is back and comes again, results included. */
  async function undone(run: RunJson): Promise<void> {
    const { db } = installation.parts;
    expect(await ended((await undoRun(installation.context, run.run_id)).run_id)).toMatchObject({ status: 'success' });
    expect(await home.contents(installation)).toBe(before);
    for (const table of [
      'coppice.holds',
      'coppice.graph_groups',
      'knowledge.graph_results',
      'knowledge.graph_versions',
    ]) {
      await sql`delete from ${sql.table(table)}`.execute(db);
    }
  }

  it.each(['insert ledger_graph', 'insert graph_results', 'update graph_groups'])(
    'the worker is killed at: %s. The next attempt ends all of them exactly',
    async (gate) => {
      const { db } = installation.parts;
      const run = await db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(1)`.execute(tx);
        const run = await begun();
        await until('the survey is over', async () => {
          const { rows } = await sql`select from coppice.run_partitions p join coppice.runs r on r.no = p.run_no
            where r.run_id = ${run.run_id}`.execute(db);
          return rows.length > 0;
        });
        await sql`insert into gate values (${gate})`.execute(db);
        await until('somebody waits at the gate', async () => (await lockWaiters(db)) > 0);
        await worker.kill();
        await sql`delete from gate`.execute(db);
        worker = await installation.worker();
        return run;
      });
      const { status, totals } = await ended(run.run_id);
      expect({ status, totals }).toEqual({ status: 'success', totals: undisturbed.totals });
      expect(await everything()).toEqual(undisturbed.all);
      await undone(run);
    },
  );

  it('one that is refused is given up alone: the others are done, and it is done once nothing refuses it', async () => {
    const { db } = installation.parts;
    await sql`insert into gate values ('poison')`.execute(db);
    const run = await ended((await begun()).run_id);
    expect(run).toMatchObject({ status: 'partial', partitions: { done: seeds.length - 1, dead: 1 }, dead_letters: 1 });
    const { rows } = await sql`select group_id from coppice.graph_groups where needs_recompute`.execute(db);
    expect(rows).toEqual([{ group_id: poisoned }]);
    const letters = await installation.cli('dead-letters', 'list', '--json');
    expect(letters.json).toMatchObject([{ partition: poisoned, error: { name: 'StoreRefusedError' } }]);
    await sql`delete from gate`.execute(db);
    const retried = await installation.cli('dead-letters', 'retry', letters.json[0].id, '--wait', '--json');
    expect(retried.json).toMatchObject({
      status: 'success',
      partitions: { done: 1 },
      totals: { recomputed_groups: 1 },
    });
    expect(await everything()).toEqual(undisturbed.all);
  });
});
