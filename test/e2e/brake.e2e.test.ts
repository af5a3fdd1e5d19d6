import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1, floor_rows: 0 };

/** 400 documents in two workspaces; `expired` of the first have expired. */
function corpus(expired: number): SeedDocument[] {
  return Array.from({ length: 400 }, (_, at) => ({
    id: `d${at}`,
    workspace: at % 2 === 0 ? 'even' : 'odd',
    expired: at % 2 === 0 && at / 2 < expired,
  }));
}

describeEndToEnd('the brake', (servers) => {
  let installation: Installation;
  let webhook: Server;
  let worker: WorkerProcess;
  const received: { event: string; run: { run_id: string } }[] = [];

  beforeAll(async () => {
    webhook = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        received.push(JSON.parse(body));
        response.end();
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => webhook.close());
  afterEach(() => installation.close());

  async function install(brake: object, expired: number): Promise<void> {
    const { port } = webhook.address() as AddressInfo;
    installation = await createInstallation({
      ...servers,
      settings: { jobs: { 'ttl-cleanup': { brake: { ...open, ...brake } } }, webhook_url: `http://127.0.0.1:${port}/` },
    });
    await seed(installation.parts, corpus(expired));
    worker = await installation.worker();
  }

  it.each([
    ['share of the collection', { max_share: 0.1 }, 41, /documents: 41 of 400 rows \(10.3 %\)/],
    ['share of one partition', { max_partition_share: 0.2 }, 41, /1 partition would lose more/],
    ['share within seven days', { max_weekly_share: 0.1 }, 41, /within seven days/],
  ])('holds a run above its %s, and nothing is removed', async (_name, brake, expired, message) => {
    await install(brake, expired);
    const before = await contentsOf(installation.parts);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.code).toBe(3);
    expect(run.json.status).toBe('held');
    expect(run.json.error.message).toMatch(message);
    expect(run.json.survey.would_hold).toHaveLength(1);
    const held = () => worker.lines.filter((line) => line.includes('PIPELINE_METRICS: step=ttl_cleanup_job_held'));
    // The log and the webhook follow the end of the record, for which the command waits.
    await until('the log and the webhook tell of the run', async () => {
      return held().length > 0 && received.some((one) => one.run.run_id === run.json.run_id);
    });
    const lines = held();
    expect(lines).toHaveLength(1);
    expect(worker.lines.join()).not.toContain('success_rate');
    expect(await contentsOf(installation.parts)).toEqual(before);
    expect((await installation.cli('lease', 'show', '--json')).json).toEqual([]);
    expect(received.at(-1)).toMatchObject({ event: 'run.held', run: { run_id: run.json.run_id } });
  });

  it('does not count below its floor', async () => {
    await install({ max_share: 0.01, max_partition_share: 0.01, max_weekly_share: 0.01, floor_rows: 42 }, 41);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_documents: 41 } });
  });

  it('adds up what earlier runs removed within seven days, and takes off what was put back', async () => {
    await install({ max_weekly_share: 0.15 }, 40);
    const first = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(first.json.totals.deleted_documents).toBe(40);
    const { db } = installation.parts;
    await sql`update knowledge.documents set expires_at = now() - interval '1 hour' where id in
      (select id from knowledge.documents where workspace = 'odd' order by id limit 30)`.execute(db);
    const second = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(second.json.status).toBe('held');
    await installation.cli('undo', first.json.run_id, '--wait', '--json');
    const third = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(third.json).toMatchObject({ status: 'success', totals: { deleted_documents: 30 } });
  });

  it('holds a run whose removals would not fit into the ledger', async () => {
    await install({}, 41);
    const { parts } = installation;
    const settings = parts.settings('ttl-cleanup');
    expect(settings.ledger.maxBytes).toBeGreaterThan(1_000_000_000);
    await installation.close();
    installation = await createInstallation({
      ...servers,
      settings: { jobs: { 'ttl-cleanup': { brake: open, ledger: { max_bytes: 1000 } } } },
    });
    await seed(installation.parts, corpus(41));
    await installation.worker();
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json.status).toBe('held');
    expect(run.json.error.message).toMatch(/ledger would grow/);
  });

  describe('approval', () => {
    let held: string;

    beforeEach(async () => {
      await install({ max_share: 0.1 }, 41);
      held = (await installation.cli('run', 'ttl-cleanup', '--wait', '--json')).json.run_id;
    });

    it('removes exactly what was surveyed, by a new run at the same cutoff', async () => {
      const { db } = installation.parts;
      await sql`update knowledge.documents set expires_at = now() + interval '1 day' where id = 'd0'`.execute(db);
      const why = ['--reason', 'looked at the survey', '--by', 'ann'];
      const approved = await installation.cli('approve', held, '--wait', '--json', ...why);
      expect(approved.code).toBe(0);
      expect(approved.json.run_id).not.toBe(held);
      expect(approved.json).toMatchObject({
        status: 'success',
        totals: { deleted_documents: 40, deleted_vectors: 80 },
      });
      const shown = (await installation.cli('runs', 'show', held, '--json')).json;
      expect(shown.approval).toMatchObject({
        ...{ approved_run: approved.json.run_id, held_run: held, by: 'ann', reason: 'looked at the survey' },
      });
      const own = (await installation.cli('runs', 'show', approved.json.run_id, '--json')).json;
      expect(own).toMatchObject({ requested_by: 'ann', reason: 'looked at the survey', approval: { by: 'ann' } });
      const handle = installation.client.workflow.getHandle(own.workflow_id);
      expect(JSON.stringify(await handle.fetchHistory())).not.toContain(btoa('looked at').slice(0, 10));
      expect(approved.json.survey.cutoff).toBe(shown.survey.cutoff);
      const ids = (await contentsOf(installation.parts)).documents;
      expect(ids).toContain('d0');
      expect(ids).not.toContain('d2');
      expect((await installation.cli('approve', held, '--json')).json.error.name).toBe('AlreadyApprovedError');
    });

    it('of a survey that has changed removes nothing', async () => {
      const { db } = installation.parts;
      await sql`insert into knowledge.documents (id, workspace, expires_at) values ('late', 'odd', now() - interval '9 days')`.execute(
        db,
      );
      const before = await contentsOf(installation.parts);
      const approved = await installation.cli('approve', held, '--wait', '--json');
      expect(approved.code).toBe(1);
      expect(approved.json).toMatchObject({ status: 'failed', error: { name: 'ApprovalRefusedError' } });
      expect(await contentsOf(installation.parts)).toEqual(before);
    });

    it('that comes too late removes nothing', async () => {
      const { db } = installation.parts;
      await sql`update coppice.runs set cutoff = cutoff - interval '25 hours',
        survey = jsonb_set(survey, '{cutoff}', to_jsonb((cutoff - interval '25 hours')::text)) where run_id = ${held}`.execute(
        db,
      );
      const before = await contentsOf(installation.parts);
      const late = await installation.cli('approve', held, '--wait', '--json');
      expect(late.code).toBe(1);
      expect(late.json.error.name).toBe('ApprovalTooLateError');
      expect(await contentsOf(installation.parts)).toEqual(before);
    });

    it('granted in time and begun too late removes nothing either', async () => {
      const { context, parts } = installation;
      const before = await contentsOf(parts);
      const { startRun } = await import('../../src/operations/runs/start.ts');
      const { survey } = (await installation.cli('runs', 'show', held, '--json')).json;
      const at = new Date(Date.now() - 25 * 3_600_000).toISOString();
      const approval = { survey_hash: survey.hash, by: 'test', at, held_run: held, approved_run: null };
      const input = { approval, parameters: {} };
      const run = await startRun(context, {
        job: 'ttl-cleanup',
        kind: 'sweep',
        workflowType: 'ttlCleanup',
        input,
        parameters: {},
        undoes: null,
        summary: '',
      });
      const { waitForRun } = await import('../../src/operations/runs/wait.ts');
      expect(await waitForRun(context, run.run_id)).toMatchObject({
        status: 'failed',
        error: { name: 'ApprovalRefusedError' },
      });
      expect(await contentsOf(parts)).toEqual(before);
    });

    it('refused by a person removes nothing, and cannot be granted afterwards', async () => {
      const before = await contentsOf(installation.parts);
      const blank = await installation.cli('reject', held, '--json', '--reason', ' ');
      expect(blank).toMatchObject({ code: 2, json: { error: { name: 'InvalidReasonError' } } });
      const rejected = await installation.cli('reject', held, '--json', '--reason', 'too many', '--by', 'ben');
      expect(rejected).toMatchObject({
        code: 0,
        json: { status: 'rejected', rejection: { by: 'ben', reason: 'too many' } },
      });
      expect((await installation.cli('approve', held, '--json')).json.error.name).toBe('NotHeldError');
      expect(await contentsOf(installation.parts)).toEqual(before);
    });

    it('may wait while the schedule continues', async () => {
      const { client, schedulePrefix } = installation;
      await client.schedule.getHandle(`${schedulePrefix}ttl-cleanup`).trigger('SKIP');
      const { until } = await import('../support/until.ts');
      const runs = await until('the scheduled run is held too', async () => {
        const { json } = await installation.cli('runs', '--json');
        return json.length === 2 && json.every((run: { status: string }) => run.status === 'held') && json;
      });
      expect(runs).toHaveLength(2);
    });
  });
});
