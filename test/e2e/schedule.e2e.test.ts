import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunJson } from '../../src/domain/run.ts';
import { bytesAsText } from '../support/bytes-as-text.ts';
import { contentsOf, type SeedDocument, seed, workspaceName } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';
import { until } from '../support/until.ts';

/** 50 workspaces of 40 documents; every twentieth document of the first 40 workspaces has expired. */
const documents: SeedDocument[] = Array.from({ length: 50 }, (_, workspace) =>
  Array.from({ length: 40 }, (_, at) => ({
    id: `${workspace}-${at} ü'"`,
    workspace: workspaceName(workspace),
    expired: workspace < 40 && at % 20 === 0,
  })),
).flat();

describeOnBothStores('ttl-cleanup, from schedule to verified removal', (stores) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation({
      ...stores,
      settings: { jobs: { 'ttl-cleanup': { schedules: [{ every_seconds: 4 }] } } },
    });
    await seed(installation.parts, documents);
    await sql`insert into knowledge.documents (id, workspace, expires_at) values ('unscoped', null, now() - interval '1 day')`.execute(
      installation.parts.db,
    );
  });
  afterAll(() => installation.close());

  it('a schedule removes exactly what has expired, with its vectors, and leaves every other workspace as it was', async () => {
    const { parts } = installation;
    const before = await contentsOf(parts);
    const worker = await installation.worker();
    const run = await until('the scheduled run ends', async () => {
      const { json } = await installation.cli('runs', '--json');
      return json.find((one: RunJson) => one.finished_at !== null && one.totals.deleted_documents !== 0);
    });
    const gone = documents.filter((one) => one.expired);
    expect(run).toMatchObject({
      job: 'ttl-cleanup',
      status: 'success',
      totals: { deleted_documents: gone.length, deleted_vectors: gone.length * 2 },
      partitions: { done: 40 },
      dead_letters: 0,
    });
    expect(run.workflow_id).toContain(`coppice-${installation.id}-ttl-cleanup-`);
    const after = await contentsOf(parts);
    expect(new Set(after.documents)).toEqual(
      new Set([...documents.filter((one) => !one.expired).map((one) => one.id), 'unscoped']),
    );
    expect(after.strays).toEqual(['unscoped']);
    for (let index = 40; index < 50; index += 1) {
      expect(after.digests.get(workspaceName(index))).toBe(before.digests.get(workspaceName(index)));
    }
    const shown = await installation.cli('runs', 'show', run.run_id, '--json');
    expect(shown.json.survey).toMatchObject({ unscoped: 1, would_delete: gone.length });
    const id =
      /ttl_cleanup_[0-9a-f]{32} /.exec(worker.lines.find((line) => line.includes('workspace_complete')) ?? '')?.[0] ??
      '';
    const lines = worker.lines.filter((line) => line.includes('PIPELINE_METRICS') && line.includes(id));
    expect(lines.filter((line) => line.includes('step=ttl_cleanup_workspace_complete'))).toHaveLength(40);
    expect(lines.some((line) => line.includes('workspace=new%0Aline '))).toBe(true);
    expect(lines.at(-1)).toMatch(
      /step=ttl_cleanup_job_complete correlation_id=ttl_cleanup_[0-9a-f]{32} duration_ms=\d+ success_rate=100\.0%/,
    );
  });

  it('the plain temporal client finds the schedule, and its run in the Web UI reads well', async () => {
    const { client, schedulePrefix } = installation;
    const description = await client.schedule.getHandle(`${schedulePrefix}ttl-cleanup`).describe();
    expect(description.policies.overlap).toBe('SKIP');
    expect(description.policies.catchupWindow).toBe(3600_000);
    const [first] = description.info.recentActions;
    if (first?.action.type !== 'startWorkflow') throw new Error('the schedule started no workflow');
    const workflow = await client.workflow.getHandle(first.action.workflow.workflowId).describe();
    expect(await workflow.staticSummary()).toBe('Remove expired documents');
    expect(workflow.memo).toMatchObject({ coppice_installation: installation.id, coppice_job: 'ttl-cleanup' });
    expect(workflow.searchAttributes.CoppiceStatus).toEqual(['success']);
  });

  it('its history holds numbers and counts: no name of a workspace, no id of a document', async () => {
    const { client } = installation;
    const { json } = await installation.cli('runs', '--json');
    for (const run of json) {
      const { events } = await client.workflow.getHandle(run.workflow_id).fetchHistory();
      const text = bytesAsText(events);
      expect(text).toContain('ttlCleanup');
      // Payloads are searched, too.
      expect(text).toContain('requested_by');
      for (const name of ['文档', 'with space', 'drop table', 'workspace 20', `ü'`]) expect(text).not.toContain(name);
    }
  });

  it('drift check finds the stores in agreement', async () => {
    const { code, json } = await installation.cli('doctor', '--drift', '--json');
    expect(json.collections[0].drift).toEqual({ rows_without_vectors: 1, vectors_without_row: 0 });
    expect(code).toBe(0);
  });
});
