import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { pageOfRuns } from '../../src/state/runs/run-pages.ts';
import { removedInSevenDays, writeCheckpoints } from '../../src/state/runs/run-partitions.ts';
import {
  askRun,
  beginRun,
  endRun,
  findRun,
  getRun,
  recordApproval,
  rejectRun,
  toRunJson,
} from '../../src/state/runs/runs.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { begunRun, identity } from './runs-of.ts';

describeOnDatabases('the record of a run', (database) => {
  const checkpoint = (runNo: number, totals: Record<string, number>, removed = 0) =>
    database.db
      .transaction()
      .execute((tx) =>
        writeCheckpoints(
          tx,
          runNo,
          new Map([[1, { after: null, totals, removed, recorded: 0, refused: [], findings: [] }]]),
        ),
      );
  const ended = async (status: 'success' | 'held') => {
    const run = await begunRun(database.db);
    await endRun(database.db, run.run_id, { status });
    return getRun(database.db, run.run_id);
  };

  test('once ended, a run keeps its end, whoever ends, begins or asks for it again', async () => {
    const run = await ended('success');
    const identityOf = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
    const again = {
      ...identityOf,
      job: 'other',
      kind: 'sweep' as const,
      parameters: { x: 1 },
      requestedBy: 'me',
      undoes: null,
      ledger: true,
    };
    await askRun(database.db, again);
    await beginRun(database.db, again);
    expect(await endRun(database.db, run.run_id, { status: 'failed' })).toBe(false);
    expect(await getRun(database.db, run.run_id)).toEqual(run);
  });

  test('is listed by its status and by when it was asked for', async () => {
    const { db } = database;
    const [old, held, late] = [await ended('success'), await ended('held'), await ended('success')];
    await sql`update coppice.runs set asked_at = '2026-01-01T00:00:00Z' where run_id = ${old.run_id}`.execute(db);
    const all = { job: null, routine: [], before: null, limit: 1000, seen: null, requestedBy: 'test' };
    const listed = async (filter: { statuses: readonly ['success'] | null; since: Date | null }) => {
      const ids = (await pageOfRuns(db, { ...all, ...filter })).map((run) => run.run_id);
      return [old, held, late].map((run) => ids.includes(run.run_id));
    };
    const since = new Date('2026-01-01T00:00:01Z');
    expect(await listed({ statuses: null, since: null })).toEqual([true, true, true]);
    expect(await listed({ statuses: ['success'], since: null })).toEqual([true, false, true]);
    expect(await listed({ statuses: ['success'], since })).toEqual([false, false, true]);
    expect(await listed({ statuses: null, since: new Date('2026-01-01T00:00:00Z') })).toEqual([true, true, true]);
    // The survey of a run with many partitions is large, and no list shows it.
    const [first = {}] = await pageOfRuns(db, { ...all, statuses: null, since: null });
    expect(Object.keys(first)).toContain('totals');
    expect(Object.keys(first)).not.toContain('survey');
  });

  test('ends with the totals that were committed', async () => {
    const run = await begunRun(database.db);
    await checkpoint(run.no, { deleted_documents: 4, deleted_vectors: 9 });
    expect(await toRunJson(database.db, run)).toMatchObject({ status: 'running', totals: { deleted_documents: 4 } });
    expect(await endRun(database.db, run.run_id, { status: 'partial' })).toBe(true);
    expect(await toRunJson(database.db, await getRun(database.db, run.run_id))).toMatchObject({
      ...{ status: 'partial', totals: { deleted_documents: 4, deleted_vectors: 9 }, partitions: { waiting: 1 } },
      finished_at: expect.any(String),
    });
  });

  test('is found by its id and by its workflow’s, the latest of several', async () => {
    const who = { ...identity(), workflowId: `workflow of ${identity().runId}` };
    const first = await begunRun(database.db, who);
    const second = await begunRun(database.db, { ...identity(), workflowId: who.workflowId });
    expect((await findRun(database.db, first.run_id))?.no).toBe(first.no);
    expect((await findRun(database.db, who.workflowId))?.no).toBe(second.no);
    expect(await findRun(database.db, '')).toBeNull();
  });

  test('a held run is decided once: approved or rejected, never both, and no other run at all', async () => {
    const approval = { survey_hash: 'h', by: 'ann', at: '2026-06-01T00:00:00.000Z', held_run: 'r', approved_run: 'n' };
    const rejection = { by: 'ben', reason: 'too many' };
    const [one, two, done] = [await ended('held'), await ended('held'), await ended('success')];
    const decide = (runId: string) =>
      Promise.all([recordApproval(database.db, runId, approval), rejectRun(database.db, runId, rejection)]);
    expect((await decide(one.run_id)).filter(Boolean)).toHaveLength(1);
    expect(await rejectRun(database.db, two.run_id, rejection)).toBe(true);
    expect(await toRunJson(database.db, await getRun(database.db, two.run_id))).toMatchObject({
      rejection: { ...rejection, at: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(await decide(two.run_id)).toEqual([false, false]);
    expect(await decide(done.run_id)).toEqual([false, false]);
  });

  test('the weekly limit counts rows that these jobs removed within seven days and no undo restored', async () => {
    const { db } = database;
    const job = `job ${identity().runId}`;
    const run = async (removed: number, daysAgo: number, undoes: string | null = null, of = job) => {
      const begun = await begunRun(db, { job: of, undoes, kind: undoes === null ? 'sweep' : 'undo' });
      await checkpoint(begun.no, {}, removed);
      await sql`update coppice.runs set started_at = now() - make_interval(days => ${daysAgo}) where no = ${begun.no}`.execute(
        db,
      );
      return begun;
    };
    const counted = async () => (await removedInSevenDays(db, [job, 'another removing job'])).get('documents');
    const old = await run(1000, 8);
    await run(500, 6);
    await run(500, 0, null, 'a job that is not asked for');
    await run(40, 0, null, 'another removing job');
    const recent = await run(300, 1);
    expect(await counted()).toBe(840);
    await run(-100, 0, recent.run_id);
    expect(await counted()).toBe(740);
    await run(-1000, 0, old.run_id);
    expect(await counted()).toBe(740);
  });
});
