import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultBrake, defaultRetry } from '../../src/jobs/defaults.ts';
import { forgetPluginJobs } from '../../src/jobs/index.ts';
import { loadConfigWithPlugins } from '../../src/plugins/load.ts';
import { runCli } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'coppice-plugins-'));
afterAll(() => {
  forgetPluginJobs();
  rmSync(folder, { recursive: true, force: true });
});

const job = (over = '') => `{
  job: {
    id: 'own-job', title: 'Own', description: 'Own.', workflow: 'ownJob', target: 'none', partition: null,
    parameters: { days: { type: 'integer', default: 3, minimum: 1, maximum: 9, description: 'Days.' } },
    schedules: [], brake: ${JSON.stringify(defaultBrake)}, retry: ${JSON.stringify(defaultRetry)}, concurrency: 1,
    ${over}
  },
}`;
const plugin = (jobs: string, name = 'own-jobs') =>
  `export default { name: '${name}', version: '1.2.3', workflows: new URL('./workflows.js', import.meta.url), jobs: [${jobs}] };`;

let count = 0;

/** A configuration in a folder of its own, with plugins as modules; returns what a command needs to find it. */
function configured(modules: Readonly<Record<string, string>>, more = '', specifiers = Object.keys(modules)) {
  count += 1;
  const home = join(folder, String(count));
  for (const [path, text] of Object.entries({ 'workflows.js': 'export {};', ...modules })) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const file = join(home, 'coppice.yaml');
  writeFileSync(
    file,
    `plugins: ${JSON.stringify(specifiers.map((one) => (one.startsWith('@') ? one : `./${one}`)))}\n${more}`,
  );
  return { COPPICE_CONFIG: file, COPPICE_DATA_DIR: join(home, 'data') };
}

const load = (modules: Readonly<Record<string, string>>, more = '') => loadConfigWithPlugins(configured(modules, more));

describe('a plugin', () => {
  it('adds its jobs, with settings that are checked as those of built-in jobs', async () => {
    const config = await load({ 'own.js': plugin(job()) }, 'jobs: {own-job: {parameters: {days: 7}}}');
    const own = config.jobs.find((one) => one.job.id === 'own-job');
    expect(own).toMatchObject({ job: { plugin: 'own-jobs' }, parameters: { days: 7 } });
    expect(config.plugins).toMatchObject([{ name: 'own-jobs', version: '1.2.3', specifier: './own.js' }]);
    await expect(load({ 'own.js': plugin(job()) }, 'jobs: {own-job: {parameters: {days: 70}}}')).rejects.toThrow(
      'jobs.own-job.parameters.days',
    );
    await expect(load({ 'own.js': plugin(job()) }, 'jobs: {other-job: {}}')).rejects.toThrow('not a known setting');
  });

  it('is found as a package, by the entry of its manifest', async () => {
    const home = 'node_modules/@acme/jobs';
    const env = configured(
      {
        [`${home}/package.json`]: '{"exports": {".": {"types": "./x.d.ts", "import": "./lib.js"}}, "type": "module"}',
        [`${home}/workflows.js`]: 'export {};',
        [`${home}/lib.js`]: plugin(job(), '@acme/jobs'),
      },
      '',
      ['@acme/jobs'],
    );
    expect((await loadConfigWithPlugins(env)).plugins[0]?.name).toBe('@acme/jobs');
  });

  it('has another digest after any change of its code', async () => {
    const text = (version: string) => ({
      'own/index.js': plugin(job()),
      'own/workflows.js': 'export {};',
      'own/more.js': `export const a = ${version};`,
    });
    const digest = async (version: string) => {
      const env = configured(text(version), '', ['own']);
      return (await loadConfigWithPlugins(env)).plugins[0]?.digest;
    };
    expect(await digest('1')).toBe(await digest('1'));
    expect(await digest('2')).not.toBe(await digest('1'));
  });
});

describe('a plugin is refused by name, in one line and before anything is done', () => {
  it.each([
    ['which does not exist', {}, 'does not exist', ['none.js']],
    ['which is not installed', {}, 'no package of that name is installed', ['@acme/none']],
    ['whose module throws', { 'own.js': 'throw new Error("no\\nluck");' }, 'cannot be imported: Error: no'],
    ['whose module has a syntax error', { 'own.js': 'export default {' }, 'its module cannot be imported: '],
    [
      'whose workflows do not exist',
      { 'own.js': plugin(job()).replace('workflows.js', 'none.js') },
      'none.js does not exist',
    ],
    ['without a default export', { 'own.js': 'export const x = 1;' }, 'no default export'],
    ['without jobs', { 'own.js': plugin('') }, 'jobs: must list at least one job'],
    ['whose job lacks a part', { 'own.js': plugin(job('title: undefined')) }, 'jobs.0.job.title'],
    ['whose job is of a graph', { 'own.js': plugin(job("target: 'graph'")) }, 'a plugin has no jobs on graphs'],
    [
      'whose job on rows has no sweepable',
      {
        'own.js': plugin(
          job(`target: 'rows', effect: 'removes', undo: true, partition: 'user', item: {one: 'a', many: 'b'},
          counts: {done: ['a'], undone: ['b'], progress: ['a']}`),
        ),
      },
      'needs the function `sweepable`',
    ],
    [
      'whose brake lacks a limit',
      { 'own.js': plugin(job('brake: {max_share: 0.1}')) },
      "job 'own-job': brake.max_partition_share",
    ],
    [
      'whose brake has a misspelt limit',
      { 'own.js': plugin(job(`brake: {...${JSON.stringify(defaultBrake)}, max_shares: 1}`)) },
      'max_shares',
    ],
    ['whose retries lack a number', { 'own.js': plugin(job('retry: {}')) }, "job 'own-job': retry.max_retries"],
    [
      'whose schedule is no cron',
      { 'own.js': plugin(job("schedules: [{cron: 'every day'}]")) },
      "job 'own-job': schedules.0.cron",
    ],
    [
      'whose parameter has a default beyond its limits',
      {
        'own.js': plugin(job("parameters: {days: {type: 'integer', default: 99, maximum: 9, description: 'Days.'}}")),
      },
      "job 'own-job': parameters.days",
    ],
    [
      'whose activities are no function',
      { 'own.js': plugin(job()).replace('jobs:', 'activities: {}, jobs:') },
      'activities: must be a function',
    ],
    [
      'whose job has a built-in name',
      { 'own.js': plugin(job("id: 'ttl-cleanup'")) },
      "'ttl-cleanup' has the name of a built-in job",
    ],
    [
      'whose workflow has a built-in name',
      { 'own.js': plugin(job("workflow: 'undo'")) },
      "'undo' has the name of a built-in workflow",
    ],
    [
      'whose job is also another’s',
      { 'own.js': plugin(job()), 'second.js': plugin(job(), 'second') },
      "job 'own-job' is also that of plugin './own.js'",
    ],
  ] as const)(
    '%s',
    async (_, modules: Readonly<Record<string, string>>, reason: string, specifiers?: readonly string[]) => {
      const env = configured(modules, '', [...(specifiers ?? Object.keys(modules))]);
      const { code, stdout, stderr } = await runCli(['jobs'], env);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const [line = '', hint, ...rest] = stderr.trimEnd().split('\n');
      expect(line).toMatch(/^error: plugin '[^']+': /);
      expect(line).toContain(reason);
      expect(hint).toContain('docs/add-a-job.md');
      expect(rest).toEqual([]);
    },
  );

  it('in a file that all users can write, or in a data directory that the group can write', async () => {
    const open = configured({ 'own.js': plugin(job()) });
    chmodSync(join(dirname(open.COPPICE_CONFIG), 'own.js'), 0o666);
    await expect(loadConfigWithPlugins(open)).rejects.toThrow('own.js can be written by other users');
    const inData = configured({ 'data/own.js': plugin(job()), 'data/workflows.js': 'export {};' }, '', ['data/own.js']);
    const data = join(dirname(inData.COPPICE_CONFIG), 'data');
    chmodSync(data, 0o770);
    await expect(loadConfigWithPlugins(inData)).rejects.toThrow('data can be written by other users');
    chmodSync(data, 0o700);
    expect((await loadConfigWithPlugins(inData)).plugins).toHaveLength(1);
  });
});
