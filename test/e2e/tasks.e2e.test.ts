import { createHmac } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRunFacts } from '../../src/activities/health-check/open-run-facts.ts';
import { packageVersion } from '../../src/config/package-version.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { health } from '../../src/operations/monitoring/health.ts';
import { measureState } from '../../src/state/monitoring/measure.ts';
import { readWatched } from '../../src/state/monitoring/watched.ts';
import { begunRun } from '../state/runs-of.ts';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd, describeOnBothStores } from '../support/requires.ts';
import { scheduledJobs } from '../support/scheduled-jobs.ts';
import { until } from '../support/until.ts';
import { startWebhook, type WebhookListener } from '../support/webhook.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const documents = (name: string): SeedDocument[] =>
  Array.from({ length: 40 }, (_, at) => ({ id: `${name}${at}`, workspace: `w${at % 3}`, expired: true }));

describeOnBothStores('upkeep', (stores) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation({ ...stores, settings: { jobs: { 'ttl-cleanup': { brake: open } } } });
    await installation.worker();
  });
  afterAll(() => installation.close());

  async function run(job: string, ...args: string[]): Promise<RunJson> {
    const { json } = await installation.cli('run', job, '--wait', '--json', ...args);
    expect(json).toMatchObject({ status: 'success' });
    return json;
  }

  /** The whole run happened so many days ago. */
  async function age(one: RunJson, days: number): Promise<void> {
    const { db } = installation.parts;
    const { rows } = await sql<{ no: number }>`
      update coppice.runs set started_at = started_at - make_interval(days => ${days}::int),
        finished_at = finished_at - make_interval(days => ${days}::int) where run_id = ${one.run_id} returning no`.execute(
      db,
    );
    const no = rows[0]?.no ?? 0;
    await sql`update coppice.run_partitions set started_at = started_at - make_interval(days => ${days}::int)
      where run_no = ${no}`.execute(db);
    const ledgers = await db.selectFrom('coppice.ledger_tables').select('name').execute();
    for (const { name } of ledgers) {
      await sql`update ${sql.id('coppice', name)} set coppice_day = coppice_day - ${days}::int where coppice_run = ${no}`.execute(
        db,
      );
    }
    await sql`update coppice.ledger_vectors set day = day - ${days}::int where run_no = ${no}`.execute(db);
  }

  /** As an application does; vectors in another store stay behind. */
  async function deleteRows(which: string): Promise<void> {
    const { db } = installation.parts;
    if (stores.kind === 'one database') {
      await sql`delete from knowledge.chunks where document_id in
        (select id from knowledge.documents where ${sql.raw(which)})`.execute(db);
    }
    await sql`delete from knowledge.documents where ${sql.raw(which)}`.execute(db);
  }

  it('deletes ledger and history past their time, and leaves what an undo can still use', async () => {
    const { parts, cli } = installation;
    await seed(parts, documents('old'));
    const old = await run('ttl-cleanup');
    await seed(parts, documents('new'));
    const before = await contentsOf(parts);
    const recent = await run('ttl-cleanup');
    await age(old, 40);
    const tidied = await run('upkeep');
    const inRows = stores.kind === 'one database' ? 40 * 3 : 40 + 80;
    expect(tidied).toMatchObject({ kind: 'task', totals: { deleted_ledger_rows: inRows, deleted_runs: 1 } });
    expect((await cli('undo', old.run_id, '--wait', '--json')).json.error).toMatchObject({ name: 'UnknownRunError' });
    const undone = await cli('undo', recent.run_id, '--wait', '--json');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_documents: 40, restored_vectors: 80 } });
    expect(await contentsOf(parts)).toEqual(before);
  });

  it('a second run finds nothing; holds of deleted rows are lifted', async () => {
    const { cli } = installation;
    expect((await run('upkeep')).totals).toEqual({});
    await deleteRows("id like 'new%' and id <> 'new1'");
    expect((await run('upkeep')).totals).toEqual({ lifted_holds: 39 });
    const holds = await cli('holds', 'list', '--json');
    expect(holds.json.map((one: { id: string }) => one.id)).toEqual(['new1']);
  });

  it('a ledger of former columns is dropped once it is empty', async () => {
    const { parts } = installation;
    const names = async () =>
      (await parts.db.selectFrom('coppice.ledger_tables').select('name').execute()).map(({ name }) => name);
    await sql`alter table knowledge.documents add column more int`.execute(parts.db);
    await seed(parts, documents('third'));
    const former = await names();
    const third = await run('ttl-cleanup');
    expect((await names()).length).toBe(former.length + 1);
    const { totals } = await run('upkeep');
    expect(totals).toMatchObject({ dropped_ledger_tables: 1 });
    expect((await names()).length).toBe(former.length);
    const undone = await installation.cli('undo', third.run_id, '--wait', '--json');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_documents: 40 } });
  });

  it('measures drift for the check to judge', async () => {
    const { cli } = installation;
    await deleteRows("id = 'third1'");
    await run('upkeep');
    const { json } = await cli('run', 'health-check', '--wait', '--json');
    expect(json.status).toBe('success');
    const alerts = await cli('alerts', 'list', '--json');
    const drifted = alerts.json.filter((one: { rule: string }) => one.rule === 'drift_vectors');
    expect(drifted).toMatchObject(stores.kind === 'one database' ? [] : [{ subject: 'documents', state: 'firing' }]);
  });

  it('a task has no preview, and nothing of it can be undone', async () => {
    const { cli } = installation;
    for (const args of [
      ['preview', 'upkeep'],
      ['run', 'upkeep', '--preview'],
    ]) {
      expect(await cli(...args, '--json')).toMatchObject({
        code: 2,
        json: { error: { name: 'NothingToPreviewError' } },
      });
    }
    const [latest] = (await cli('runs', '--job', 'upkeep', '--json')).json;
    const undo = await cli('undo', latest.run_id, '--json');
    expect(undo).toMatchObject({ code: 1, json: { error: { name: 'UndoRefusedError' } } });
  });
});

describeEndToEnd('health-check', (servers) => {
  const secret = `whsec_${Buffer.from('a key that nobody knows').toString('base64')}`;
  let installation: Installation;
  let webhook: WebhookListener;

  beforeAll(async () => {
    webhook = await startWebhook();
    installation = await createInstallation({ ...servers, settings: { webhook_url: webhook.url } });
    installation.env.COPPICE_WEBHOOK_SECRET = secret;
    await installation.worker();
  });
  afterAll(async () => {
    await installation.close();
    await webhook.stop();
  });

  const check = async () => (await installation.cli('run', 'health-check', '--wait', '--json')).json;

  it('finds all well, and its success is listed only by name', async () => {
    const { cli } = installation;
    const run = await check();
    expect(run).toMatchObject({
      kind: 'task',
      status: 'success',
      totals: { checks: 3, failed_checks: 0, fired_alerts: 0 },
    });
    expect((await cli('runs', '--json')).json).toEqual([]);
    expect((await cli('runs', '--job', 'health-check', '--json')).json[0]).toMatchObject({ run_id: run.run_id });
  });

  it('health names the release and the configuration of the worker, and whether it is its own', async () => {
    const { workers, configuration } = await health(installation.context);
    expect(workers).toEqual([
      {
        ...{ identity: expect.any(String), started_at: expect.any(String), release: packageVersion() },
        ...{ configuration, same_configuration: true },
      },
    ]);
    const parts = { ...installation.parts, config: { ...installation.parts.config, schedulesEnabled: false } };
    const changed = await health({ ...installation.context, parts });
    expect(changed.workers.map((one) => one.same_configuration)).toEqual([false]);
  });

  it('an alert fires once and is resolved once; the webhook hears of both, signed', async () => {
    const { cli, parts } = installation;
    await sql`insert into coppice.dead_letters (job, key, collection, partition, run_id, attempts, error, parameters)
      values ('ttl-cleanup', 'k', 'documents', 'a secret name', 'r', 4, '{}', '{}')`.execute(parts.db);
    expect((await check()).totals).toMatchObject({ fired_alerts: 1, standing_alerts: 1 });
    expect((await check()).totals).toMatchObject({ fired_alerts: 0, standing_alerts: 1 });
    const listed = await cli('alerts', 'list', '--json');
    expect(listed.json).toMatchObject([
      { rule: 'dead_letters', subject: 'ttl-cleanup', state: 'firing', resolved_at: null },
    ]);
    await sql`delete from coppice.dead_letters`.execute(parts.db);
    expect((await check()).totals).toMatchObject({ resolved_alerts: 1, standing_alerts: 0 });
    expect((await cli('alerts', 'list', '--json')).json).toEqual([]);
    expect((await cli('alerts', 'list', '--all', '--json')).json).toMatchObject([
      { rule: 'dead_letters', state: 'resolved' },
    ]);
    expect(webhook.received.map(({ json }) => json.event)).toEqual(['alert.firing', 'alert.resolved']);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    for (const { headers, body, json } of webhook.received) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
      expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).toBeLessThan(300);
      expect(json).toMatchObject({ installation: installation.id, alert: { rule: 'dead_letters' } });
      expect(body).not.toContain('secret');
    }
  });

  it('a notice that the webhook does not accept is sent by the next check, under the same id', async () => {
    const { parts } = installation;
    webhook.answer(503);
    await sql`insert into coppice.leases (name, generation, run_id, workflow_id, namespace, acquired_at)
      values ('ttl-cleanup', 1, 'r', 'w', 'default', now() - interval '13 hours')
      on conflict (name) do update set run_id = 'r', acquired_at = excluded.acquired_at`.execute(parts.db);
    expect(await check()).toMatchObject({
      status: 'partial',
      error: { name: 'AlertNotDeliveredError', message: expect.stringContaining('the webhook answered 503') },
      totals: { fired_alerts: 1 },
    });
    webhook.answer(204);
    expect(await check()).toMatchObject({ status: 'success', totals: { fired_alerts: 0 } });
    expect(webhook.received.at(-1)).toMatchObject({ json: { event: 'alert.firing', alert: { rule: 'lease_hours' } } });
    const { id } = webhook.received.at(-1)?.json.alert ?? {};
    expect(webhook.received.at(-1)?.headers['webhook-id']).toMatch(new RegExp(`^alert-[0-9a-f]{8}-${id}-firing$`));
    await sql`update coppice.leases set run_id = null, workflow_id = null, namespace = null, acquired_at = null`.execute(
      parts.db,
    );
    await check();
  });
});

describeEndToEnd('health-check of a cleanup that stops silently', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    // Switched off by the configuration itself.
    const jobs = { 'group-maintenance': { schedules: [{ cron: '0 0 1 1 *', enabled: false }] } };
    installation = await createInstallation({ ...servers, settings: { jobs } });
    await installation.worker();
  });
  afterAll(() => installation.close());

  const check = () => installation.cli('run', 'health-check', '--wait', '--json');

  it('a schedule that stays paused, and starts that are skipped, fire alerts', async () => {
    const { cli, client, schedulePrefix, parts } = installation;
    const ids = ['ttl-cleanup', 'document-refresh', 'upkeep', 'group-maintenance'];
    const [paused = '', skipping = '', tidying = '', off = ''] = ids.map((id) => `${schedulePrefix}${id}`);
    await until(
      'the schedules are listed',
      async () => (await cli('schedules', 'list', '--json')).json.length === scheduledJobs.length,
    );
    await check();
    for (const id of [paused, tidying]) await client.schedule.getHandle(id).pause();
    // A run that nobody begins stays open, so later starts are skipped.
    const handle = client.schedule.getHandle(skipping);
    await handle.update((current) => ({ ...current, action: { ...current.action, taskQueue: 'nobody' } }));
    await until('Temporal has skipped three starts', async () => {
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
      return (await handle.describe()).info.numActionsSkippedOverlap >= 3;
    });
    await check();
    const { schedules } = await readWatched(parts.db);
    expect(schedules[paused]?.paused_since).not.toBeNull();
    expect(schedules[skipping]).toMatchObject({ paused_since: null, taken: 1 });
    // Eight days later, and after a check that saw the start taken before the others were skipped.
    const since = new Date(Date.now() - 8 * 86_400_000).toISOString();
    const pausedFor = (id: string) => [id, { ...schedules[id], paused_since: since }];
    const later = {
      ...Object.fromEntries([paused, tidying, off].map(pausedFor)),
      [skipping]: { ...schedules[skipping], passed_over_before: 0 },
    };
    await sql`update coppice.measurements set value = jsonb_set(value, '{schedules}', value -> 'schedules' || ${JSON.stringify(later)}::jsonb)
      where name = 'watched'`.execute(parts.db);
    await check();
    const alerts = (await cli('alerts', 'list', '--json')).json.map((one: { rule: string; subject: string }) => [
      one.rule,
      one.subject,
    ]);
    expect(alerts.sort()).toEqual([
      ['paused_days', paused],
      ['skipped_starts', skipping],
    ]);
    expect((await measureState(parts.db)).watched.schedules[paused]).toMatchObject({ paused_since: since });
    const started = (await handle.describe()).info.recentActions[0]?.action.workflow;
    await client.workflow.getHandle(started?.workflowId ?? '').terminate();
  });

  it('a run that is paused in Temporal is found', async () => {
    const { client, parts } = installation;
    const facts = () => openRunFacts({ db: parts.db, client, namespace: 'default' });
    const workflowId = `paused-${installation.id}`;
    const { firstExecutionRunId: runId } = await client.workflow.start('nothing', { taskQueue: 'nobody', workflowId });
    const run = await begunRun(parts.db, { runId, workflowId, job: 'overdue' });
    expect((await facts()).paused).toEqual([]);
    const execution = { namespace: 'default', workflowId, reason: 'looking' };
    await client.workflowService.pauseWorkflowExecution(execution);
    const { paused } = await facts();
    expect(paused).toEqual([{ runId: run.run_id, job: 'overdue', since: expect.any(Date) }]);
    expect(Math.abs(Date.now() - (paused[0]?.since.getTime() ?? 0))).toBeLessThan(60_000);
    await client.workflow.getHandle(workflowId).terminate();
  });
});

describeEndToEnd('health-check of a store that does not answer', (servers) => {
  it('ends partial, names the collection, and so does the alert', async () => {
    const notes = {
      table: 'public.notes',
      workspace: 'owner',
      expires_at: null,
      vectors: { in: 'weaviate', class: 'Note' },
    };
    const installation = await createInstallation({
      ...servers,
      weaviateUrl: 'http://127.0.0.1:1',
      settings: { collections: { notes } },
    });
    await installation.worker();
    const { json } = await installation.cli('run', 'health-check', '--wait', '--json');
    expect(json).toMatchObject({
      ...{ status: 'partial', error: { name: 'UnhealthyError' } },
      totals: { failed_checks: 1, fired_alerts: 1 },
    });
    expect(json.error.message).toContain('vectors of notes');
    expect((await installation.cli('runs', '--json')).json).toMatchObject([{ job: 'health-check', status: 'partial' }]);
    await installation.close();
  });
});
