import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { taskQueueOf } from '../../src/temporal/names.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/until.ts';

describeEndToEnd('bad input', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation(servers);
    await seed(installation.parts, [{ id: 'd', workspace: 'w', expired: true }]);
  });
  afterAll(() => installation.close());

  it.each([
    [['run', 'no-such-job'], 2, 'UnknownJobError', /there is no job 'no-such-job'/],
    [['preview', 'no-such-job'], 2, 'UnknownJobError', /no-such-job/],
    [['run', 'ttl-cleanup', '--set', 'batch_size'], 2, 'InvalidParametersError', /not of the form name=value/],
    [['run', 'ttl-cleanup', '--set', 'batch_size=many'], 2, 'InvalidParametersError', /batch_size/],
    [['run', 'ttl-cleanup', '--set', 'batch_size=1.5'], 2, 'InvalidParametersError', /batch_size/],
    [['run', 'ttl-cleanup', '--set', 'max_age=1'], 2, 'InvalidParametersError', /max_age: is not a known setting/],
    [
      ['run', 'ttl-cleanup', '--set', 'max_age_days=-1', '--set', 'batch_size=0'],
      2,
      'InvalidParametersError',
      /batch_size.*max_age_days|max_age_days.*batch_size/,
    ],
    [['runs', 'show', 'nothing'], 1, 'UnknownRunError', /there is no run 'nothing'/],
    [['approve', 'nothing'], 1, 'UnknownRunError', /nothing/],
    [['undo', 'nothing'], 1, 'UnknownRunError', /nothing/],
    [['cancel', 'nothing'], 1, 'UnknownRunError', /nothing/],
    [['dead-letters', 'retry', 'nothing'], 1, 'UnknownDeadLetterError', /nothing/],
    [['lease', 'break', 'ttl-cleanup'], 1, 'LeaseFreeError', /nobody holds/],
    [['holds', 'lift'], 2, 'EmptyScopeError', /never means "all"/],
    [['schedules', 'pause'], 2, 'EmptyScopeError', /which schedules/],
    [['schedules', 'pause', 'nothing'], 1, 'UnknownScheduleError', /nothing/],
    [['load', 'documents', '/no/such/file.jsonl'], 1, 'InputError', /no such file/i],
    [['no-such-command'], 2, 'UsageError', /unknown command/],
    [['run'], 2, 'UsageError', /missing required argument/],
    [['up', '--ui-port', 'x'], 2, 'UsageError', /must be a port/],
    [['health', '--address', '127.0.0.1:1'], 1, null, null],
    [['schedules', 'list', '--address', '127.0.0.1:1'], 1, 'TemporalUnavailableError', /127.0.0.1:1/],
    [
      ['preview', 'ttl-cleanup', '--database-url', 'postgres://nobody@127.0.0.1:1/none'],
      1,
      'ConnectionError',
      /127.0.0.1:1/,
    ],
    [['jobs', '--database-url', 'mysql://x'], 2, 'ConfigError', /postgres:\/\//],
    [['jobs', '--config', '/no/such.yaml'], 2, 'ConfigError', /\/no\/such.yaml/],
  ] as const)('coppice %j says what is wrong and changes nothing', async (args, code, name, message) => {
    const before = await contentsOf(installation.parts);
    const result = await installation.cli(...args, '--json');
    expect(result.code).toBe(code);
    if (name !== null) {
      expect(result.json.error).toMatchObject({ name });
      expect(result.json.error.message).toMatch(message);
      const human = await installation.cli(...args);
      expect(human).toMatchObject({ code, stdout: '' });
      expect(human.stderr).toMatch(message);
      expect(human.stderr).not.toMatch(/\n\s+at /);
    }
    expect(await contentsOf(installation.parts)).toEqual(before);
  });

  it.each([
    ['--help | head -1', { status: 0, stdout: expect.stringMatching(/^Usage: coppice .*\n$/), stderr: '' }],
    [
      'jobs > /dev/full',
      { status: 1, stdout: '', stderr: 'error: the output cannot be written: there is no space left on the device\n' },
    ],
  ])('coppice %s ends without a stack', async (command, ended) => {
    const script = `set -o pipefail; "${process.execPath}" dist/cli/main.js ${command}`;
    expect(spawnSync('bash', ['-c', script], { env: installation.env, encoding: 'utf8' })).toMatchObject(ended);
  });

  it('an invalid configuration names every error at once', async () => {
    const file = join(dirname(String(installation.env.COPPICE_CONFIG)), 'bad.yaml');
    writeFileSync(
      file,
      `collections:
  documents: {tabel: x, vectors: {in: nowhere}}
  "Bad Name": {}
jobs:
  ttl-cleanup:
    brake: {max_share: 2}
    schedules: [{cron: "every day"}, {every_seconds: 5, once: "2030-01-01T00:00:00Z"}]
    collections: [missing]
  no-such-job: {}
log_level: loud
`,
    );
    const result = await runCli(['worker', '--json'], { ...installation.env, COPPICE_CONFIG: file });
    expect(result.code).toBe(2);
    const { message } = result.json.error;
    for (const part of [
      'tabel',
      'vectors',
      'Bad Name',
      'max_share',
      'five-field cron',
      'exactly one of',
      'no-such-job',
      'log_level',
    ]) {
      expect(message).toContain(part);
    }
  });

  it('a workflow started by hand with wrong parameters fails, is recorded and takes no lease', async () => {
    await installation.worker();
    const { client, id } = installation;
    const handle = await client.workflow.start('ttlCleanup', {
      taskQueue: taskQueueOf(id),
      workflowId: `wrong-${id}`,
      args: [{ parameters: { batch_size: 'many', unknown: 1 } }],
    });
    await expect(handle.result()).rejects.toThrow();
    const run = await until('it is recorded', async () => {
      const shown = await installation.cli('runs', 'show', `wrong-${id}`, '--json');
      return shown.json.finished_at !== null && shown.json;
    });
    expect(run).toMatchObject({ status: 'failed', error: { name: 'InvalidInputError' } });
    expect(run.error.message).toMatch(/batch_size.*unknown/);
    expect((await installation.cli('lease', 'show', '--json')).json).toEqual([]);
  });

  it('work that is meant for another installation is refused', async () => {
    const { client, id } = installation;
    const handle = await client.workflow.start('ttlCleanup', {
      taskQueue: taskQueueOf(id),
      workflowId: `stray-${id}`,
      args: [{ installation: 'another' }],
    });
    await expect(handle.result()).rejects.toThrow();
    expect((await contentsOf(installation.parts)).documents).toEqual(['d']);
  });
});
