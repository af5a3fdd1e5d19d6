import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesAsText } from '../support/bytes-as-text.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/until.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [newKey('first'), newKey('second')];

describeEndToEnd('encrypted payloads', (servers) => {
  const namespace = `codec-${randomBytes(4).toString('hex')}`;
  let installation: Installation;

  beforeAll(async () => {
    // A namespace of its own, which no other test looks at.
    await registerNamespace(servers.temporalAddress, namespace);
    installation = await createInstallation({
      ...servers,
      settings: {
        temporal: { namespace, schedule_prefix: 'codec-' },
        jobs: { 'ttl-cleanup': { brake: open, retry: { max_retries: 0 } } },
      },
    });
    installation.env.COPPICE_CODEC_KEYS = first;
    await seed(installation.parts, [{ id: 'd', workspace: 'w', expired: true }]);
    await installation.worker();
  });
  afterAll(() => installation.close());

  /** As who has the server, but no key: the test's own client. */
  async function rawHistory(workflowId: string): Promise<string> {
    const { client } = installation;
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const execution = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
    return bytesAsText([events, execution]);
  }

  /** Words that stand in a history that is not encrypted: input, results, memo, summaries, errors. */
  const words = [
    ...['max_age_days', 'deleted_documents', 'requested_by', 'runNo', 'asked for by', 'Remove expired documents'],
    ...['heartbeatTimeoutMs', 'WORD OF A TRIGGER'],
  ];

  it('no word of a run can be read in its history, and it does what it always does', async () => {
    const { parts, cli } = installation;
    const before = await contentsOf(parts);
    const run = await cli('run', 'ttl-cleanup', '--set', 'max_age_days=1234.5', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_documents: 1 } });
    const raw = await rawHistory(run.json.workflow_id);
    expect(raw).toContain('binary/encrypted');
    expect(raw).toContain('ttlCleanup');
    for (const word of [...words, '1234.5']) expect(raw).not.toContain(word);
    expect((await cli('undo', run.json.run_id, '--wait', '--json')).json.status).toBe('success');
    expect(await contentsOf(parts)).toEqual(before);
  });

  it('nor the message of an error, wherever it passed', async () => {
    const { parts, cli } = installation;
    await cli('holds', 'lift', '--collection', 'documents', '--json');
    await sql
      .raw(`create function no() returns trigger language plpgsql as
      $$ begin raise exception 'WORD OF A TRIGGER'; end $$;
      create trigger no before delete on knowledge.documents for each row execute function no()`)
      .execute(parts.db);
    const run = await cli('run', 'ttl-cleanup', '--wait', '--json');
    const [letter] = (await cli('dead-letters', 'list', '--json')).json;
    const told = JSON.stringify([run.json, letter ?? null]);
    expect(told).toMatch(/WORD OF A TRIGGER|trigger/);
    const raw = await rawHistory(run.json.workflow_id);
    expect(raw).toContain('Encoded failure');
    for (const word of words) expect(raw).not.toContain(word);
    const wrong = await cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(wrong.json.status).toBe(run.json.status);
    await sql`drop trigger no on knowledge.documents`.execute(parts.db);
    await cli('dead-letters', 'drop', letter?.id ?? 'none', '--json');
  });

  it('schedules are read with the key, and with no other', async () => {
    const { cli, env, client } = installation;
    const listed = await until('the schedules are listed', async () => {
      const { json } = await cli('schedules', 'list', '--json');
      return json.length > 0 && json;
    });
    expect(listed.map((one: { job: string }) => one.job)).toContain('ttl-cleanup');
    const scheduleId = 'codec-ttl-cleanup';
    const raw = bytesAsText(await client.workflowService.describeSchedule({ namespace, scheduleId }));
    expect(raw).toContain('binary/encrypted');
    for (const word of words) expect(raw).not.toContain(word);
    const other = await runCli(['schedules', 'list', '--json'], { ...env, COPPICE_CODEC_KEYS: second });
    expect(other).toMatchObject({ code: 1, json: { error: { name: 'CodecError' } } });
    expect(other.json.error.message).toContain("key 'first'");
  });

  it('a new key comes first: new runs use it, and earlier data are still read', async () => {
    const { cli, env } = installation;
    env.COPPICE_CODEC_KEYS = '';
    env.COPPICE_CODEC_KEY_COMMAND = `printf '%s\\n' ${second} ${first}`;
    await installation.worker();
    const run = await cli('run', 'ttl-cleanup', '--json');
    expect(Buffer.from(await rawHistory(run.json.workflow_id)).toString()).toContain('second');
    expect((await cli('schedules', 'list', '--json')).json).not.toEqual([]);
  });
});

async function registerNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const { workflowService: service } = connection;
  const oneDay = proto.google.protobuf.Duration.fromObject({ seconds: 86_400 });
  await service.registerNamespace({ namespace, workflowExecutionRetentionPeriod: oneDay });
  // The server's parts hear of it one after the other.
  const probe = { namespace, workflowId: 'probe', workflowType: { name: 'none' }, taskQueue: { name: 'none' } };
  await until('the namespace is known', () =>
    Promise.all([
      service.listSchedules({ namespace }),
      service.startWorkflowExecution({ ...probe, requestId: randomBytes(8).toString('hex') }),
    ]).then(
      () => true,
      () => false,
    ),
  );
  await connection.close();
}
