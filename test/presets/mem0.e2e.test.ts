import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ScheduleJson } from '../../src/operations/runs/schedules.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { allOf, type Mem0App, type Mem0Memory, startMem0App, textsIn } from '../support/mem0-app.ts';
import { describeWithPython } from '../support/python.ts';
import { runCli } from '../support/run-cli.ts';
import { dayFromNow, dueAt, inferred, memories, textsOf, writeMemories } from './mem0-memories.ts';
import { rowsBy } from './rows.ts';

const whose = `coalesce(payload ->> 'user_id', 'agent')`;
const settings = {
  collections: { memories: { preset: 'mem0' } },
  jobs: { 'ttl-cleanup': { collections: ['memories'] } },
};

await describeWithPython('preset mem0, on what the library wrote', (servers) => {
  let app: Mem0App;
  let installation: Installation;
  let before: Record<string, string[]>;
  let runId: string;
  let folder: string;
  let due: string[];
  const url = () => installation.databaseUrl;
  const rows = () => rowsBy(installation.parts.db, 'public.mem0', whose);

  const previewWith = async (memories: object) => {
    const file = join(folder, 'coppice.yaml');
    writeFileSync(file, stringify({ ...settings, collections: { memories } }));
    return (await runCli(['preview', 'ttl-cleanup', '--json'], { ...installation.env, COPPICE_CONFIG: file })).json;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-mem0-'));
    app = await startMem0App(servers.python);
    installation = await createInstallation({ ...servers, settings, application: (to) => writeMemories(app, to) });
    before = await rows();
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await app?.stop();
    rmSync(folder, { recursive: true });
  });

  it('the model and the embedder were called, and no other server', () => {
    expect(app.models.calls.chat).toBe(1);
    expect(app.models.calls.embeddings).toBeGreaterThanOrEqual(memories.length);
  });

  it('the mapping fits, and the preview counts what mem0 itself calls expired', async () => {
    const doctor = await installation.cli('doctor', '--json');
    expect(doctor.json.collections).toMatchObject([{ collection: 'memories', table: 'public.mem0', problems: [] }]);
    const preview = await installation.cli('preview', 'ttl-cleanup', '--json');
    expect(preview.json.survey).toMatchObject({
      rows: memories.length + inferred.length - textsOf('unscoped').length,
      would_delete: dueAt(preview.json.survey.cutoff).length,
      unreadable: textsOf('unreadable').length,
      unscoped: textsOf('unscoped').length,
    });
    const found = await app.run(url(), allOf('alice', { expired: false }), allOf('alice', { expired: true }));
    const [shown = [], all = []] = found.map(textsIn);
    expect(all.filter((one) => !shown.includes(one))).toEqual(
      [...textsOf('goes'), ...inferred].filter((one) => one.startsWith('Alice')).toSorted(),
    );
  });

  it('an age limit counts from created_at, by the clock of older versions too', async () => {
    const { survey } = await previewWith({ preset: 'mem0', max_age_days: 365 });
    expect(survey).toMatchObject({ would_delete: dueAt(survey.cutoff).length + 1 });
    const dora = survey.partitions.find((one: { partition: string }) => one.partition.startsWith('d'));
    expect(dora).toMatchObject({ rows: 2, would_delete: 2 });
  });

  it('memories of agents are reached where agents own them', async () => {
    const { survey } = await previewWith({ preset: 'mem0', workspace: { path: 'payload.agent_id' } });
    expect(survey.partitions).toMatchObject([{ partition: 'bot', rows: 2, would_delete: 2 }]);
    expect(survey.unscoped).toBe(memories.length + inferred.length - 2);
  });

  it('schedules stay paused until a person resumes them', async () => {
    const schedules = await installation.cli('schedules', 'list', '--json');
    const paused = Object.fromEntries(schedules.json.map((one: ScheduleJson) => [one.job, one.paused]));
    expect(paused).toMatchObject({ 'ttl-cleanup': true, upkeep: false, 'health-check': false });
  });

  it('the run removes exactly those; every other row is byte for byte the same', async () => {
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    due = dueAt(run.json.survey.cutoff);
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_documents: due.length } });
    runId = run.json.run_id;
    const after = await rows();
    expect(after.agent).toEqual(before.agent);
    expect(after.carol).toEqual(before.carol);
    const left = Object.values(after).flat();
    expect(
      Object.values(before)
        .flat()
        .filter((row) => !left.includes(row)),
    ).toHaveLength(due.length);
    expect(left.filter((row) => due.some((text) => row.includes(text)))).toEqual([]);
  });

  it('mem0 serves the rest: lists, searches, adds, changes and deletes', async () => {
    const filters = { user_id: 'alice' };
    const [kept, parcel, oaks, added] = await app.run(
      url(),
      allOf('alice', { expired: true }),
      ['search', { query: 'Alice waits for a parcel', filters, show_expired: true }],
      ['search', { query: 'likes oaks', filters }],
      ['add', { messages: 'Alice bought a kite', infer: false, ...filters }],
    );
    expect(textsIn(kept)).toEqual(['Alice is in Rome this week', 'Alice likes oaks']);
    expect(textsIn(parcel)).not.toContain('Alice waits for a parcel');
    expect(oaks[0].memory).toBe('Alice likes oaks');
    const [{ id: kite }] = added;
    const [, changed, , left] = await app.run(
      url(),
      ['update', { memory_id: kite, text: 'Alice sold the kite' }],
      ['get', { memory_id: kite }],
      ['delete', { memory_id: kite }],
      allOf('alice', { expired: true }),
    );
    expect(changed.memory).toBe('Alice sold the kite');
    expect(left).toEqual(kept);
  });

  it('undo brings all of it back, vectors included, and mem0 serves it', async () => {
    const undo = await installation.cli('undo', runId, '--wait', '--json');
    expect(undo.json).toMatchObject({ status: 'success', totals: { restored_documents: due.length, refused: 0 } });
    expect(await rows()).toEqual(before);
    const [found]: Mem0Memory[][] = await app.run(url(), [
      'search',
      { query: 'Alice waits for a parcel', filters: { user_id: 'alice' }, show_expired: true },
    ]);
    expect(found?.[0]?.memory).toBe('Alice waits for a parcel');
  });

  it('other tables of mem0 are as they were: links to deleted memories do no harm', async () => {
    const { db } = installation.parts;
    const { rows: found } = await sql<{ id: string; data: string }>`
      select id, payload ->> 'data' as data from public.mem0 where payload ->> 'user_id' = 'bob'`.execute(db);
    const ids = Object.fromEntries(found.map((one) => [one.data, one.id]));
    const filters = { user_id: 'bob' };
    await app.run(url(), ...found.map(({ id }) => ['link', { entity: 'Bob', memory_id: id, filters }] as const));
    const entities = await rowsBy(db, 'public.mem0_entities', `'all'`);
    expect(entities.all?.[0]).toContain(ids["Bob's badge opens gate 4"]);

    await installation.cli('holds', 'lift', '--collection', 'memories', '--json');
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: dueAt(run.json.survey.cutoff).length },
    });
    expect(await rowsBy(db, 'public.mem0_entities', `'all'`)).toEqual(entities);

    const [, served, history] = await app.run(
      url(),
      ['link', { entity: 'Bob', memory_id: ids['Bob plays chess'], filters }],
      ['search', { query: 'Bob chess', filters }],
      ['history', { memory_id: ids["Bob's badge opens gate 4"] }],
    );
    expect(served.map((one: Mem0Memory) => one.memory)).toEqual(['Bob plays chess']);
    // Its history is a file beside the application, out of reach: it still tells the text.
    expect(history).toMatchObject([{ event: 'ADD', new_memory: "Bob's badge opens gate 4" }]);
  });

  it('copies become one that mem0 goes on to find, and after an undo it finds all of them', async () => {
    const filters = { user_id: 'gina' };
    const add = (text: string, more: object = {}) =>
      ['add', { messages: text, infer: false, ...filters, ...more }] as const;
    await app.run(url(), add('Gina sails', { expiration_date: dayFromNow(3) }), add('Gina sails'), add('Gina sails'));
    await app.run(
      url(),
      add('Gina sails', { agent_id: 'bot' }),
      add('Gina sails', { run_id: 'chat-1' }),
      add('Gina skis'),
    );
    const ofGina = async () => (await rows()).gina;
    const [copies, list] = [await ofGina(), allOf('gina', { expired: true })];
    const run = await installation.cli('run', 'dedup', '--json');
    expect(run.json).toMatchObject({ status: 'success', affected_count: 2, totals: { deleted_vectors: 2 } });
    const [left, found] = await app.run(url(), list, ['search', { query: 'Gina sails', filters }]);
    expect(textsIn(left)).toEqual(['Gina sails', 'Gina sails', 'Gina sails', 'Gina skis']);
    expect(found[0].memory).toBe('Gina sails');
    // The oldest stays, without the date that the others do not have.
    expect((await ofGina())?.filter((row) => row.includes('expiration_date'))).toEqual([]);
    const undone = await installation.cli('undo', run.json.run_id, '--wait', '--json');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_memories: 2, unmerged_memories: 1 } });
    expect(await ofGina()).toEqual(copies);
    expect(textsIn((await app.run(url(), list))[0])).toHaveLength(6);
  });
});
