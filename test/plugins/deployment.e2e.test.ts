import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { linkDependencies, packPackage } from '../support/packed.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const execute = promisify(execFile);
const root = dirname(dirname(import.meta.dirname));

/** A task that waits until the application opens its gate, and writes which version of the plugin has ended it. */
const plugin = (version: string) => `
import { defaultBrake, defaultRetry, definePlugin, sql } from 'coppice/jobs';
const job = {
  id: 'gate-keeping', title: 'Wait at the gate', description: 'Waits.', workflow: 'gateKeeping', target: 'none',
  partition: null, parameters: {}, schedules: [], brake: defaultBrake, retry: defaultRetry, concurrency: 1,
};
export default definePlugin({
  name: 'gate-jobs', version: '${version}', workflows: new URL('./workflows.mjs', import.meta.url), jobs: [{ job }],
  activities: ({ db }) => ({
    isOpen: async () => (await sql\`select from gate\`.execute(db)).rows.length > 0,
    pass: async () => { await sql\`insert into passed values ('${version}')\`.execute(db); },
  }),
});`;
const workflows = (condition: string) => `
import { patched, proxyActivities, sleep, task } from 'coppice/workflows';
const { isOpen, pass } = proxyActivities({ startToCloseTimeout: '1 minute' });
export async function gateKeeping(input = {}) {
  return task('gate-keeping', input, async () => {
    if (${condition}) while (!(await isOpen())) await sleep(200);
    await pass();
    return null;
  });
}`;

describeEndToEnd('a plugin, and versions of workers side by side', (servers) => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-gate-'));
  const installed = join(folder, 'node_modules/coppice');
  const command = join(installed, 'bin/coppice.mjs');
  const deployment = `plugins-${Date.now()}`;
  let installation: Installation;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    await packPackage(root, installed);
    linkDependencies(root, folder);
    installation = await createInstallation(servers);
    await sql`create table gate (open boolean)`.execute(installation.parts.db);
    await sql`create table passed (version text)`.execute(installation.parts.db);
    for (const [name, version, condition] of [
      ['former', '1.0.0', 'true'],
      ['later', '2.0.0', "!patched('without-gate')"],
    ] as const) {
      const home = join(folder, name, 'gate-jobs');
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, 'index.mjs'), plugin(version));
      writeFileSync(join(home, 'workflows.mjs'), workflows(condition));
      writeFileSync(
        join(folder, name, 'coppice.yaml'),
        `plugins: [./gate-jobs]\ntemporal: {schedule_prefix: ${installation.schedulePrefix}}\ncollections: {documents: {}}\n`,
      );
      await cli(name, 'plugins', 'build');
    }
  });
  afterAll(async () => {
    await Promise.all(workers.map((one) => one.stop()));
    await installation?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = (name: string, versioned = true) => ({
    ...installation.env,
    COPPICE_CONFIG: join(folder, name, 'coppice.yaml'),
    ...(versioned ? { COPPICE_DEPLOYMENT_NAME: deployment } : {}),
  });
  async function cli(name: string, ...args: string[]) {
    // An exit code of 1 is an answer of `status`, too.
    const { stdout } = await execute(process.execPath, [command, ...args, '--json'], { env: env(name) }).catch(
      (error: { readonly stdout: string }) => error,
    );
    return JSON.parse(stdout);
  }
  async function worker(name: string, versioned = true): Promise<WorkerProcess> {
    const started = await startWorkerProcess([], env(name, versioned), command);
    workers.push(started);
    return started;
  }
  const open = () => sql`insert into gate values (true)`.execute(installation.parts.db);
  const shut = () => sql`delete from gate`.execute(installation.parts.db);
  async function passed(): Promise<string[]> {
    const { rows } = await sql<{ version: string }>`select version from passed`.execute(installation.parts.db);
    return rows.map(({ version }) => version);
  }
  const ended = (runId: string) =>
    until('the run has ended', async () => {
      const { status } = await cli('former', 'runs', 'show', runId);
      return status === 'running' ? null : status;
    });
  const current = () => cli('former', 'deployment', 'show').then(({ current: one }) => one);

  it('open runs end on the version of the plugin that began them, and can be moved when its workers are lost', async () => {
    // Begun without versions: the first worker with one continues the run.
    const unversioned = await worker('former', false);
    const begun = await cli('former', 'run', 'gate-keeping');
    await until('the run waits', async () => (await cli('former', 'runs', 'show', begun.run_id)).status === 'running');
    await unversioned.stop();
    const former = await worker('former');
    const own = await until('the first version is current', current);
    await open();
    expect(await ended(begun.run_id)).toBe('success');
    await shut();

    const pinned = await cli('former', 'run', 'gate-keeping');
    await until('the run is pinned', async () => {
      const { versions } = await cli('former', 'deployment', 'show');
      return versions.some((one: { open_runs: number }) => one.open_runs === 1);
    });
    await worker('later');
    const later = await until('the later version polls', async () => {
      const found = await cli('later', 'deployment', 'show');
      return found.versions.length === 2 && found.own !== own ? found.own : null;
    });
    // The digest of the plugin's bundle is what the two differ by.
    expect(await cli('later', 'deployment', 'set-current')).toMatchObject({ current: later });
    await open();
    expect(await ended(pinned.run_id)).toBe('success');
    expect(await passed()).toEqual(['1.0.0', '1.0.0']);
    await shut();
    const next = await cli('later', 'run', 'gate-keeping');
    expect(await ended(next.run_id)).toBe('success');
    expect(await passed()).toEqual(['1.0.0', '1.0.0', '2.0.0']);

    await cli('former', 'deployment', 'set-current');
    const lost = await cli('former', 'run', 'gate-keeping');
    await until('the run is pinned', async () => {
      const { versions } = await cli('former', 'deployment', 'show');
      return versions.some(
        (one: { build_id: string; open_runs: number }) => one.build_id === own && one.open_runs === 1,
      );
    });
    await cli('later', 'deployment', 'set-current');
    await former.stop();
    const [need] = await until('the run is named', async () => {
      const { needs } = await cli('later', 'status');
      const stranded = needs.filter(({ kind }: { kind: string }) => kind === 'stranded_run');
      return stranded.length > 0 ? stranded : null;
    });
    expect(need.what).toContain(own);
    expect(await cli('later', ...need.command.split(' ').slice(1))).toMatchObject({ to: later });
    await open();
    expect(await ended(lost.run_id)).toBe('success');
    expect((await passed()).at(-1)).toBe('2.0.0');
  });
});
