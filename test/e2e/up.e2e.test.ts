import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleMemories, sampleProfiles, sampleQuestions } from '../../src/demo/samples.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { serverUrl } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** The start of a new user: embedded database, own Temporal server, no configuration. */
interface Up {
  readonly dataDir: string;
  readonly ready: { temporal_address: string; ui_url: string; database_url: string; api_url: string };
  cli(...args: string[]): Promise<CliResult>;
  interrupt(): Promise<number | null>;
}

const folder = mkdtempSync(join(tmpdir(), 'coppice-up-'));

function environment(dataDir: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _address, ...env } = process.env;
  return { ...env, COPPICE_DATA_DIR: dataDir, NO_COLOR: '1' };
}

function spawnUp(name: string, ...args: string[]) {
  const dataDir = join(folder, name);
  const env = environment(dataDir);
  const child: ChildProcess = spawn(process.execPath, ['dist/cli/main.js', 'up', '--json', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { child, env, dataDir };
}

async function startUp(name: string, ...args: string[]): Promise<Up> {
  const { child, env, dataDir } = spawnUp(name, ...args);
  let out = '';
  child.stdout?.on('data', (part) => {
    out += part;
  });
  const ready = await until('up is ready', async () => (out.trimEnd().endsWith('}') ? JSON.parse(out) : null), 120_000);
  return {
    dataDir,
    ready,
    cli: (...given) => runCli(given, env),
    interrupt: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
      return child.exitCode;
    },
  };
}

describe.skipIf((await serverUrl('temporal')) === null)('coppice up', () => {
  let demo: Up;
  let other: Up;

  beforeAll(async () => {
    [demo, other] = await Promise.all([startUp('demo', '--demo'), startUp('other')]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('the demo: a one-time schedule fires and removes what has expired; undo takes it back', async () => {
    const run: RunJson = await until('the demo run ends', async () => {
      const { json } = await demo.cli('runs', '--json');
      return json.find((one: RunJson) => one.finished_at !== null);
    });
    expect(run).toMatchObject({ job: 'ttl-cleanup', status: 'success', dead_letters: 0 });
    expect(run.totals.deleted_documents).toBeGreaterThan(10);
    expect(run.totals.deleted_vectors).toBeGreaterThan(run.totals.deleted_documents ?? 0);
    const held: RunJson = await until('the second run is held', async () => {
      const { json } = await demo.cli('runs', '--status', 'held', '--json');
      return json[0];
    });
    expect(held).toMatchObject({ job: 'ttl-cleanup', parameters: { max_age_days: 45 }, approval: null });
    const page = await fetch(`${demo.ready.ui_url}/`);
    expect(page.status).toBe(200);
    const undo = await demo.cli('undo', run.run_id, '--wait', '--json');
    expect(undo).toMatchObject({ code: 0, json: { status: 'success' } });
    expect(undo.json.totals.restored_documents).toBe(run.totals.deleted_documents);
    expect((await demo.cli('doctor', '--drift', '--json')).json.collections[0].drift.vectors_without_row).toBe(0);
  });

  it('the demo: jobs on memories, profiles, questions and the graph run once on its samples', async () => {
    await until('the report is written', async () => {
      const { json } = await demo.cli('runs', '--job', 'weekly-report', '--json');
      return json.find((one: RunJson) => one.finished_at !== null);
    });
    const { json: runs } = await demo.cli('runs', '--json');
    const totals = new Map(runs.map((run: RunJson) => [run.job, run.totals]));
    expect(totals.get('memory-dedup')).toMatchObject({ deleted_memories: 8 });
    expect(totals.get('profile-maintenance')).toMatchObject({ maintained_profiles: 2, removed_attributes: 6 });
    expect(totals.get('topic-extraction')).toMatchObject({ extracted_queries: 315 });
    expect(totals.get('insight-generation')).toMatchObject({ published_topics: 3 });
    expect(totals.get('weekly-report')).toMatchObject({ written_reports: 9 });
    expect(totals.get('document-refresh')).toMatchObject({ failed_documents: 1 });
    const { json: letters } = await demo.cli('dead-letters', 'list', '--json');
    expect(letters).toMatchObject([{ job: 'document-refresh', partition: 'unreachable' }]);
    expect(totals.get('deduplicate-facts')).toMatchObject({ merged_entities: expect.any(Number) });
  });

  it("no text of the samples is in the files of Temporal's database", () => {
    const files = readdirSync(demo.dataDir).filter((name) => name.startsWith('temporal.db'));
    const stored = files.map((name) => readFileSync(join(demo.dataDir, name), 'latin1')).join('');
    expect(stored).toContain('weekly-report');
    const now = new Date();
    const texts = [
      ...Array.from(sampleMemories(now), ({ content }) => content),
      ...Array.from(sampleProfiles(now), ({ value }) => value),
      ...Array.from(sampleQuestions(now), ({ question }) => question),
    ].flatMap((text) => text ?? []);
    expect(texts.filter((text) => text.length > 8 && stored.includes(text))).toEqual([]);
  });

  it('the HTTP API is inside, with a first token that only its owner reads', async () => {
    const file = join(demo.dataDir, 'token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const headers = { authorization: `Bearer ${readFileSync(file, 'utf8').trim()}` };
    const { api_url } = demo.ready;
    expect((await fetch(`${api_url}/api/v1/runs`)).status).toBe(401);
    const { runs } = JSON.parse(await (await fetch(`${api_url}/api/v1/runs`, { headers })).text());
    expect(runs).toEqual((await demo.cli('runs', '--json')).json);
    const metrics = await (await fetch(`${api_url}/metrics`, { headers })).text();
    expect(metrics).toMatch(/^coppice_runs\{job="ttl-cleanup",kind="sweep",status="success"\} 1$/m);
    expect(metrics).toMatch(/^temporal_worker_task_slots_available\{/m);
    expect((await demo.cli('token', 'list', '--json')).json).toMatchObject([{ name: 'up', scope: 'admin' }]);
    const page = await fetch(`${api_url}/docs`);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe-eval');
    expect(await page.text()).toContain('swagger-ui');
  });

  it('a command that is typed while up starts waits for it', async () => {
    const { child, env, dataDir } = spawnUp('starting');
    const gone = once(child, 'exit');
    await until('up has taken its data directory', async () => existsSync(join(dataDir, 'up.pid')) || null);
    const { code, json, stderr } = await runCli(['runs', '--json'], env);
    child.kill('SIGINT');
    await gone;
    expect({ code, json }).toEqual({ code: 0, json: [] });
    expect(stderr).toContain('waiting for `coppice up`');
    expect(child.exitCode).toBe(0);
  });

  it('several run side by side, each command finds its own', async () => {
    expect(other.ready.temporal_address).not.toBe(demo.ready.temporal_address);
    expect((await other.cli('runs', '--json')).json).toEqual([]);
    expect((await other.cli('health', '--json')).json).toMatchObject({ ok: true });
    const second = await runCli(['up', '--json'], environment(demo.dataDir));
    expect(second.code).toBe(1);
    expect(second.json.error.message).toMatch(/is using this data directory already/);
  });

  it('Ctrl-C stops all of it, and what is embedded is there again afterwards', async () => {
    const runs = (await demo.cli('runs', '--json')).json;
    expect(await demo.interrupt()).toBe(0);
    expect(await other.interrupt()).toBe(0);
    await expect(fetch(demo.ready.ui_url)).rejects.toThrow();
    // Without a running `up` a command opens the embedded database for itself.
    expect((await demo.cli('runs', '--json')).json).toEqual(runs);
    const preview = await demo.cli('preview', 'ttl-cleanup', '--json');
    expect(preview.json.survey.on_hold).toBeGreaterThan(0);
  });
});
