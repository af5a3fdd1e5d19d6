import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { startApiProcess } from '../support/api-process.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

describeEndToEnd('two configurations on one database', (servers) => {
  let installation: Installation;
  let first: WorkerProcess;
  /** Of a second coppice.yaml with another prefix. */
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    installation = await createInstallation(servers);
    const file = installation.env.COPPICE_CONFIG ?? '';
    const settings = parse(readFileSync(file, 'utf8'));
    const own = file.replace('coppice.yaml', 'second.yaml');
    // Within the first prefix, so that closing the installation deletes these schedules too.
    const temporal = { schedule_prefix: `${installation.schedulePrefix}b-` };
    writeFileSync(own, stringify({ ...settings, temporal }));
    env = { ...installation.env, COPPICE_CONFIG: own };
    first = await installation.worker();
  });
  afterAll(() => installation?.close());

  const schedules = async () => {
    const { json } = await runCli(['schedules', 'list', '--json'], env);
    return json.map((one: { schedule_id: string }) => one.schedule_id.slice(installation.schedulePrefix.length));
  };

  it('the second one is refused wherever it would start, change or delete something', async () => {
    const refused = [
      ['run', 'ttl-cleanup'],
      ['undo', 'some-run'],
      ['approve', 'some-run'],
      ['schedules', 'apply'],
      ['schedules', 'pause', '--all'],
      ['dead-letters', 'list'],
      ['uninstall'],
      ['worker'],
      ['api', '--port', '0'],
    ];
    for (const command of refused) {
      const { code, json } = await runCli([...command, '--json'], env);
      expect([code, json.error.name, json.error.hint], command.join(' ')).toEqual([
        1,
        'SchedulePrefixError',
        expect.stringContaining('a database of its own'),
      ]);
    }
    const named = { ...installation.env, COPPICE_INSTALLATION: 'first' };
    expect((await runCli(['schedules', 'apply', '--json'], named)).code).toBe(0);
    for (const command of [['run', 'ttl-cleanup'], ['uninstall'], ['migrate']]) {
      const { json } = await runCli([...command, '--json'], { ...named, COPPICE_INSTALLATION: 'second' });
      expect(json.error.name, command.join(' ')).toBe('InstallationNameError');
    }
  });

  it('the installation gets another name only where the configuration has it', async () => {
    const env = { ...installation.env, COPPICE_INSTALLATION: 'second' };
    const rename = async (name: string) => (await runCli(['adopt', '--rename', name, '--json'], env)).json;
    expect((await rename('third')).error).toMatchObject({ message: "the configuration does not name 'third'" });
    expect(await rename('second')).toEqual({ name: 'second' });
    expect((await runCli(['runs', '--json'], env)).code).toBe(0);
  });

  it('a changed file works again once worker and API were restarted one after the other', async () => {
    await first.stop();
    const worker = await startWorkerProcess([], env);
    const api = await startApiProcess(env);
    await until('the schedules have the new prefix', async () => {
      const found = await schedules();
      return found.includes('b-ttl-cleanup') && !found.includes('ttl-cleanup');
    });
    const { json } = await runCli(['run', 'ttl-cleanup', '--wait', '--json'], env);
    expect(json.status).toBe('success');
    // While a worker with the other prefix runs.
    expect((await installation.cli('schedules', 'apply')).code).toBe(1);
    expect((await installation.cli('schedules', 'apply', '--move')).code).toBe(0);
    expect((await installation.cli('run', 'ttl-cleanup')).code).toBe(0);
    await Promise.all([api.stop(), worker.stop()]);
  });
});
