import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assemble, type Parts } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { wholeView } from '../../src/domain/access.ts';
import { forget } from '../../src/operations/data/forget.ts';
import { loadProfiles } from '../../src/operations/data/load-profiles.ts';
import { decide, listProposals, showProposal } from '../../src/operations/data/proposals.ts';
import { measure } from '../../src/operations/monitoring/measure.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { migrateAll } from '../../src/prepare.ts';
import { deleteAgedProposals } from '../../src/state/upkeep/proposals.ts';
import { type FakeModel, type ModelReply, startFakeModel } from '../support/fake-model.ts';
import { lines } from '../support/loaded.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';

const merged = {
  op: 'merge',
  lines: [1, 2],
  category: 'interest',
  key: 'likes',
  value: 'enjoys strong coffee in the morning',
};
const answer: ModelReply = { content: { operations: [merged] } };
const profile = (entity: string) => [
  { entity_id: entity, key: 'likes', value: 'likes strong coffee', category: 'interest', updated_at: '2026-01-01' },
  {
    entity_id: entity,
    key: 'likes',
    value: 'enjoys strong coffee in the morning',
    category: 'interest',
    updated_at: '2026-01-02',
  },
  { entity_id: entity, key: 'city', value: 'Berlin', updated_at: '2026-01-03' },
];

describeOnDatabase('native', 'proposals', (database) => {
  let fake: FakeModel;
  let parts: Parts;
  let reply = answer;
  const context = (entities?: readonly string[]) => ({
    parts,
    ...{ requestedBy: 'a person', namespace: 'default', client: () => Promise.reject(new Error('no Temporal')) },
    ...(entities === undefined ? {} : { view: { ...wholeView, entities } }),
  });
  const query = { job: null, collection: null, entity: null, state: null, limit: 50, cursor: null };
  const listed = async (entities?: readonly string[]) => (await listProposals(context(entities), query)).proposals;
  const seen = (given: Record<string, unknown> = {}) => preview(parts, 'profile-maintenance', given);

  beforeAll(async () => {
    fake = await startFakeModel(() => reply);
    const env = { DATABASE_URL: database.url, COPPICE_MODEL_URL: fake.url, COPPICE_MODEL: 'small' };
    const config = loadConfig(env);
    const collections = [toMapping('profiles', { kind: 'attributes' })];
    const jobs = config.jobs.map((one) => ({
      ...one,
      collections: one.job.id === 'profile-maintenance' ? ['profiles'] : [],
    }));
    parts = await assemble({ ...config, collections, graphs: [], jobs }, database.url, 'test');
    await migrateAll(parts);
  });
  afterAll(async () => {
    await parts?.close();
    await fake?.stop();
  });
  beforeEach(async () => {
    await loadProfiles(parts, lines(...profile('u1'), ...profile('u2')));
  });
  afterEach(async () => {
    await sql`truncate knowledge.profiles, coppice.proposals`.execute(database.db);
  });

  test('attributes are loaded from lines; bad lines are named by number, and an id is replaced', async () => {
    const given = lines(
      { id: 'a', entity_id: 'u3', key: 'pet', value: 'a cat' },
      { entity_id: 'u3', key: 'pet' },
      { id: 'a', entity_id: 'u3', key: 'pet', value: 'a dog', confidence: 0.7, bot_id: 'b' },
      { entity_id: 'u3', key: 'x', value: 'y', colour: 'red' },
      { id: 'b', entity_id: 'u4', key: 'pet', value: 'a fish' },
    );
    await loadProfiles(parts, lines({ id: 'b', entity_id: 'u5', key: 'pet', value: 'a bird' }));
    expect(await loadProfiles(parts, given)).toEqual({
      ...{ collection: 'profiles', loaded_attributes: 2, failed_lines: 3 },
      problems: [
        { line: 2, message: 'value is missing' },
        { line: 4, message: 'colour is not a known key' },
        { line: 5, message: 'its id exists for another entity already: the attribute was not written' },
      ],
    });
    const { rows } =
      await sql`select value, category, entity_type, bot_id from knowledge.profiles where entity_id = 'u3'`.execute(
        database.db,
      );
    expect(rows).toEqual([{ value: 'a dog', category: 'misc', entity_type: 'user', bot_id: 'b' }]);
    await expect(loadProfiles(parts, lines(), { collection: 'nowhere' })).rejects.toThrow(
      /collection 'nowhere' cannot be loaded with attributes/,
    );
  });

  test('a preview asks, stores and counts; a second one and a list ask nothing', async () => {
    const before = fake.asked.length;
    const { survey } = await seen();
    expect(survey).toMatchObject({ rows: 6, due: 4, would_delete: 0, partition_count: 2, would_hold: [] });
    expect(fake.asked.length - before).toBe(2);
    await seen();
    expect(fake.asked.length - before).toBe(2);
    const [first] = await listed();
    expect(first).toMatchObject({
      ...{ job: 'profile-maintenance', collection: 'profiles', entity_type: 'user', bot_id: null, state: 'proposed' },
      ...{ due: 2, model: 'small', prompt_version: 'profile-maintenance/1', calls: 1, tokens: 120, problem: null },
    });
    const shown = await showProposal(context(), first?.id ?? '');
    expect(shown.lines).toHaveLength(3);
    expect(shown.changes).toEqual([
      {
        decided_by: 'model',
        lines: [1, 2],
        reason: 'merged',
        by: null,
        added: { category: 'interest', key: 'likes', value: merged.value },
      },
    ]);
    expect(JSON.stringify(await listed())).not.toContain('coffee');
  });

  test('with SELECT alone a preview asks nothing, counts what rules would do, and says so', async () => {
    await loadProfiles(parts, lines({ entity_id: 'u1', key: 'City', value: 'Munich', updated_at: '2026-02-01' }));
    const before = fake.asked.length;
    await sql`create role looker login`.execute(database.db);
    await sql`grant usage on schema knowledge to looker`.execute(database.db);
    await sql`grant select on knowledge.profiles to looker`.execute(database.db);
    const url = new URL(database.url);
    url.username = 'looker';
    const looker = await assemble(parts.config, url.toString(), 'looker');
    const { survey } = await preview(looker, 'profile-maintenance', {}).finally(() => looker.close());
    expect(survey).toMatchObject({ rows: 7, due: 1, partition_count: 1 });
    expect(survey?.collections?.[0]?.notes?.join()).toMatch(/no model was asked.*rules alone/);
    expect(fake.asked).toHaveLength(before);
    expect(await listed()).toEqual([]);
  });

  test('a preview names answers that are not used, though a later run asks no more', async () => {
    reply = { content: { operations: [{ ...merged, value: 'hates 17 teas' }] } };
    try {
      const notes = (await seen()).survey?.collections?.[0]?.notes?.join();
      expect(notes).toContain('2 answers of the model were not used');
      expect(notes).toContain('coppice proposals list --state unusable');
      expect((await listed()).map((one) => one.state)).toEqual(['unusable', 'unusable']);
    } finally {
      reply = answer;
    }
  });

  test('a preview with reask asks nothing and estimates the calls', async () => {
    await seen();
    const before = fake.asked.length;
    const { survey } = await seen({ reask: true, model: 'large' });
    expect(survey?.collections?.[0]?.notes?.join()).toContain('would ask about 2 profiles');
    expect(fake.asked).toHaveLength(before);
  });

  describe('decisions', () => {
    test('what is rejected is not due; what is accepted again is; an unknown or closed one is refused', async () => {
      await seen();
      const [first] = await listed();
      const id = first?.id ?? '';
      expect(await decide(context(), id, 'reject')).toMatchObject({ state: 'rejected', decided_by: 'a person' });
      expect((await seen()).survey).toMatchObject({ due: 2 });
      expect(await decide(context(), id, 'accept')).toMatchObject({ state: 'accepted' });
      expect((await seen()).survey).toMatchObject({ due: 4 });
      expect((await seen({ apply: 'accepted' })).survey).toMatchObject({ due: 2 });
      for (const unknown of ['999999', 'x', '-1', '1; drop table runs'])
        await expect(decide(context(), unknown, 'accept')).rejects.toThrow(`there is no proposal '${unknown}'`);
      await sql`update coppice.proposals set state = 'applied' where id = ${id}::int8`.execute(database.db);
      await expect(decide(context(), id, 'reject')).rejects.toThrow(/is applied already/);
    });

    test('after never nothing is asked about the profile, whatever changes in it', async () => {
      await seen();
      const [first] = await listed();
      const { entity_id: entity, id } = first ?? { entity_id: '', id: '' };
      await decide(context(), id, 'never');
      await loadProfiles(parts, lines({ entity_id: entity, key: 'pet', value: 'a dog' }));
      const before = fake.asked.length;
      expect((await seen()).survey).toMatchObject({ due: 2 });
      expect(fake.asked).toHaveLength(before);
      expect((await showProposal(context(), id)).lines).toEqual([]);
    });

    test('a token that is limited to entities sees those alone, and asks nothing', async () => {
      const { survey } = await preview(parts, 'profile-maintenance', {}, { ...wholeView, entities: ['u1'] });
      expect(survey).toMatchObject({ rows: 3, due: 0 });
      expect((await preview(parts, 'profile-maintenance', {}, wholeView)).survey?.collections?.[0]?.notes).toEqual([
        'no model was asked; profiles of which no answer is stored are not counted',
      ]);
      expect(await listed()).toEqual([]);
      await seen();
      const all = await listed();
      expect((await listed(['u1'])).map((one) => one.entity_id)).toEqual(['u1']);
      const hidden = all.find((one) => one.entity_id === 'u2')?.id ?? '';
      for (const work of [() => showProposal(context(['u1']), hidden), () => decide(context(['u1']), hidden, 'never')])
        await expect(work()).rejects.toThrow(/there is no proposal/);
      expect(await listed()).toEqual(all);
    });
  });

  test('forget deletes all that names an entity, and nothing of another', async () => {
    await seen();
    const asked = { byId: false, collection: null, subject: 'u1' };
    expect((await forget(context(), { ...asked, yes: false })).removed.proposals).toBe(1);
    expect(await listed()).toHaveLength(2);
    expect((await forget(context(), { ...asked, yes: true })).removed.proposals).toBe(1);
    expect((await listed()).map((one) => one.entity_id)).toEqual(['u2']);
    const { rows } = await sql<{
      id: string;
    }>`select id from knowledge.profiles where entity_id = 'u2' limit 1`.execute(database.db);
    await forget(context(), { subject: rows[0]?.id ?? '', byId: true, collection: null, yes: true });
    expect(await listed()).toEqual([]);
  });

  test('proposals expire with the ledger; a verdict that asks for nothing stays, without its texts', async () => {
    await seen();
    const ids = (await listed()).map((one) => one.id);
    await decide(context(), ids[0] ?? '', 'reject');
    const expire = (days: number) =>
      database.db.transaction().execute((tx) => deleteAgedProposals(tx, 'profile-maintenance', days, 100));
    expect(await expire(30)).toBe(0);
    await sql`update coppice.proposals set answered_at = now() - interval '31 days'`.execute(database.db);
    expect(await expire(30)).toBe(1);
    expect(await listed()).toMatchObject([{ id: ids[0], state: 'rejected' }]);
    expect((await showProposal(context(), ids[0] ?? '')).lines).toEqual([]);
    const before = fake.asked.length;
    await seen();
    expect(fake.asked.length - before).toBe(1);
  });

  test('calls, tokens and time are counted for the metrics', async () => {
    await seen();
    const counted = async () => (await measure(context()))?.models.find(({ outcome }) => outcome === 'answered');
    await until('the calls are written', async () => (await counted())?.calls === fake.asked.length);
    const answered = await counted();
    expect(answered).toMatchObject({ model: 'small' });
    expect(answered?.inputTokens).toBe((answered?.calls ?? 0) * 100);
    expect(answered?.seconds).toBeGreaterThan(0);
  });

  test('doctor asks a small question', async () => {
    const { checks } = await doctor(context(), { drift: false, as: null });
    // The fake answers every question alike, which is no answer to this one.
    expect(checks.find(({ name }) => name === 'model')).toMatchObject({
      ok: false,
      message: expect.stringContaining('another shape'),
    });
  });
});
