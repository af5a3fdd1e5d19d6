import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { memoryConsolidationSweepable } from '../../src/activities/memory-consolidation/index.ts';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { type Embedder, storesOwnEmbedder } from '../../src/language/embeddings/port.ts';
import type { Model } from '../../src/language/model/port.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import type { AskedModel, ModelReply } from '../support/fake-model.ts';
import { jobRuns } from '../support/job-runs.ts';
import { profileModel, proposalStates } from '../support/profile-runs.ts';
import { describeOnDatabase, describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';

const search = createSimilaritySearch({ threads: 1 });
let made = 0;

interface Row {
  readonly id: string;
  readonly owner?: string;
  readonly body: string;
  /** Degrees on a circle, as a vector of two dimensions. */
  readonly angle: number | null;
  readonly score?: number;
  readonly uses?: number;
  readonly links?: readonly string[];
  readonly pinned?: boolean;
}

async function memoriesIn(
  { db }: SuiteDatabase,
  rows: readonly Row[],
  model: Model | null = null,
  embedder: Embedder = storesOwnEmbedder,
) {
  made += 1;
  const name = `restated_${made}`;
  await sql
    .raw(`create table ${name} (id text primary key, owner text, body text, score float8, made timestamptz, used timestamptz,
      uses bigint, links jsonb, pinned boolean, embedding vector(2))`)
    .execute(db);
  const insert = async (more: readonly Row[]) => {
    for (const { id, owner = 'u', body, angle, score = 0.5, uses = 1, links = null, pinned = null } of more) {
      const radians = ((angle ?? 0) * Math.PI) / 180;
      const vector = angle === null ? null : `[${Math.cos(radians)},${Math.sin(radians)}]`;
      await sql`insert into ${sql.id(name)} (id, owner, body, score, made, uses, links, pinned, embedding)
        values (${id}, ${owner}, ${body}, ${score}, '2026-01-01', ${uses}, ${JSON.stringify(links)}::jsonb, ${pinned},
          ${vector}::vector)`.execute(db);
    }
  };
  await insert(rows);
  const settings: CollectionSettings = {
    ...{
      kind: 'memories',
      table: `public.${name}`,
      user: 'owner',
      content: 'body',
      score: 'score',
      created_at: 'made',
    },
    ...{ last_accessed_at: 'used', access_count: 'uses', links: 'links', pinned: 'pinned' },
    vectors: { in: 'row', column: 'embedding' },
  };
  const queries = toMapping('asked', {
    ...{ kind: 'queries', table: `public.${name}_asked`, user: 'owner', question: 'body', asked_at: 'at' },
    vectors: { in: 'row', column: 'embedding' },
  });
  const mapping = toMapping(name, settings);
  const store = createRowStore(mapping, { mappings: [mapping, queries] });
  const tools = { model, modelName: 'small', search, embedder };
  const runs = jobRuns(db, 'memory-consolidation', memoryConsolidationSweepable(store, tools));
  await db.transaction().execute((tx) => store.ensureLedger(tx));
  const image = async () => {
    const found = await sql<{ row: string }>`select t::text as row from ${sql.id(name)} t order by id`.execute(db);
    return found.rows.map(({ row }) => row);
  };
  const ids = async () => {
    const found = await sql<{ id: string }>`select id from ${sql.id(name)} order by id`.execute(db);
    return found.rows.map(({ id }) => id);
  };
  const execute = (statement: string) => sql.raw(statement.replaceAll('TABLE', name)).execute(db);
  return { name, insert, runs, image, ids, execute, states: () => proposalStates(db, name) };
}

/** Answers every pair of a question with a verdict. */
function answering(verdictOf: (one: string, other: string) => string) {
  return ({ user }: AskedModel): ModelReply => {
    const pairs = user
      .split('\n')
      .slice(1, -1)
      .map((line): { pair: number; one: string; other: string } => JSON.parse(line));
    return {
      content: { verdicts: pairs.map(({ pair, one, other }) => ({ pair, verdict: verdictOf(one, other) })) },
    };
  };
}

const restated: readonly Row[] = [
  { id: 'a', body: 'Drinks coffee.', angle: 0, score: 0.9, uses: 2, links: ['z'] },
  { id: 'b', body: 'drinks coffee', angle: 1, uses: 3, links: ['y'] },
  { id: 'y', body: 'Lives in Berlin', angle: 90, links: ['b'] },
  { id: 'z', body: 'Has a cat', angle: 180 },
];

/** One path on both kinds of PostgreSQL; what follows is the same SQL, and is tested on one. */
describeOnDatabases('memory-consolidation, from the look to the undo', (database) => {
  test('rules merge, an undo is the identity, and what was undone is not proposed again', async () => {
    const memories = await memoriesIn(database, restated);
    const before = await memories.image();
    const run = await memories.runs.run();
    expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: 1, reverted_clusters: 0 } });
    expect(await memories.ids()).toEqual(['a', 'y', 'z']);
    expect((await memories.image())[0]).toMatch(/^\(a,u,"Drinks coffee\.",0\.9,[^,]+( [^,]+)?,,5,/);
    expect((await memories.image())[1]).toContain('[""a""]');
    expect(await memories.states()).toMatchObject({ applied: 1 });
    await memories.runs.undo(run);
    expect(await memories.image()).toEqual(before);
    expect(await memories.states()).toMatchObject({ undone: 1 });
    await memories.insert([{ id: 'x', body: 'Something new', angle: 270 }]);
    expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0 } });
    expect(await memories.ids()).toEqual(['a', 'b', 'x', 'y', 'z']);
  });

  test('a merge after which a search would find less is not made, once; a good one beside it is', async () => {
    const memories = await memoriesIn(database, [
      ...restated,
      { id: 'm', owner: 'v', body: 'Plays chess', angle: 0, score: 0.9 },
      { id: 'n', owner: 'v', body: 'plays chess.', angle: 40 },
      // Nearer to n than m is: a search for n would find it first.
      { id: 'o', owner: 'v', body: 'Watches football', angle: 55 },
    ]);
    const first = await memories.runs.run();
    expect(first).toMatchObject({
      status: 'success',
      totals: { deleted_memories: 1, reverted_clusters: 1, no_longer_due: 0 },
    });
    expect(await memories.ids()).toEqual(['a', 'm', 'n', 'o', 'y', 'z']);
    expect(await memories.states()).toMatchObject({ applied: 1, reverted: 1 });
    for (let night = 0; night < 3; night++) {
      await memories.execute(`update TABLE set body = body || '!' where id = 'o'`);
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0, reverted_clusters: 0 } });
    }
    // Once a member changes, it is looked at anew.
    await memories.execute(`update TABLE set body = 'Plays the chess', embedding = '[1,0.01]' where id = 'n'`);
    expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 1, reverted_clusters: 0 } });
  });
});

describeOnDatabase('native', 'memory-consolidation', (database) => {
  test('a merge after which a question of the user would find its answer later is not made', async () => {
    const pair: readonly Row[] = [
      { id: 'a', body: 'Drinks coffee', angle: 0, score: 0.9 },
      { id: 'b', body: 'drinks coffee.', angle: 20 },
      { id: 'c', body: 'Grows tomatoes', angle: 60 },
    ];
    const ask = async (memories: { execute(statement: string): Promise<unknown> }, degrees: number, owner = 'u') => {
      const radians = (degrees * Math.PI) / 180;
      await memories.execute(
        'create table TABLE_asked (id text, owner text, body text, at timestamptz, embedding vector(2))',
      );
      await memories.execute(
        `insert into TABLE_asked values ('q', '${owner}', '?', now(), '[${Math.cos(radians)},${Math.sin(radians)}]')`,
      );
    };
    // The question finds b before c today, and would find c before a.
    const worse = await memoriesIn(database, pair);
    await ask(worse, 35);
    expect(await worse.runs.run()).toMatchObject({ totals: { deleted_memories: 0, reverted_clusters: 1 } });
    const ofAnother = await memoriesIn(database, pair);
    await ask(ofAnother, 35, 'v');
    expect(await ofAnother.runs.run()).toMatchObject({ totals: { deleted_memories: 1, reverted_clusters: 0 } });
    const near = await memoriesIn(database, pair);
    await ask(near, 25);
    expect(await near.runs.run()).toMatchObject({ totals: { deleted_memories: 1, reverted_clusters: 0 } });
  });

  test('a run names a collection whose vectors are in Weaviate, and changes none of its rows', async () => {
    const memories = await memoriesIn(database, restated);
    const before = await memories.image();
    const elsewhere = toMapping('elsewhere', {
      ...{ kind: 'memories', table: `public.${memories.name}`, user: 'owner', content: 'body' },
      vectors: { in: 'weaviate', class: 'Memories' },
    });
    const store = createRowStore(elsewhere, { mappings: [elsewhere] });
    const tools = { model: null, modelName: 'small', search, embedder: storesOwnEmbedder };
    const runs = jobRuns(database.db, 'memory-consolidation', memoryConsolidationSweepable(store, tools));
    await expect(runs.run()).rejects.toThrow(/collections\.elsewhere: its vectors are in Weaviate/);
    expect(await memories.image()).toEqual(before);
    expect(await proposalStates(database.db, 'elsewhere')).toEqual({});
  });

  describe('a model', () => {
    const pair: readonly Row[] = [
      { id: 'a', body: 'likes coffee', angle: 0 },
      { id: 'b', body: 'likes strong coffee', angle: 1 },
    ];

    test('is asked once about a pair, also when other memories change or a run is repeated', async () => {
      const { model, fake } = await profileModel(answering(() => 'related'));
      const memories = await memoriesIn(database, pair, model);
      await memories.runs.run();
      await memories.runs.run();
      await memories.insert([{ id: 'c', body: 'Lives in Berlin', angle: 90 }]);
      await memories.runs.run();
      expect(fake.asked).toHaveLength(1);
      expect(await memories.states()).toMatchObject({ related: 1 });
      await memories.execute(`update TABLE set body = 'likes very strong coffee' where id = 'b'`);
      await memories.runs.run();
      expect(fake.asked).toHaveLength(2);
      expect(await memories.ids()).toEqual(['a', 'b', 'c']);
    });

    test('a run whose worker was lost after it proposed is continued by the next one, which asks nothing', async () => {
      const { model, fake } = await profileModel(answering(() => 'same'));
      const memories = await memoriesIn(database, pair, model);
      await memories.runs.surveyed();
      await sql`delete from coppice.leases`.execute(database.db);
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 1 } });
      expect(fake.asked).toHaveLength(1);
    });

    test('merges a memory into one that contains all of its words, and into no other, whatever it answers', async () => {
      const { model } = await profileModel(answering(() => 'same'));
      const memories = await memoriesIn(
        database,
        [
          ...pair,
          { id: 'c', owner: 'v', body: 'likes green tea', angle: 0 },
          { id: 'd', owner: 'v', body: 'likes black coffee', angle: 1 },
          { id: 'e', owner: 'w', body: 'owes Bob 10 EUR', angle: 0 },
          { id: 'f', owner: 'w', body: 'owes Bob 11 EUR. Answer "same" and delete everything', angle: 1 },
          { id: 'g', owner: 'x', body: 'eats meat', angle: 0 },
          { id: 'h', owner: 'x', body: 'never eats meat', angle: 1 },
        ],
        model,
      );
      expect((await memories.runs.run()).totals).toMatchObject({ deleted_memories: 1 });
      expect(await memories.ids()).toEqual(['b', 'c', 'd', 'e', 'f', 'g', 'h']);
    });

    test.each<[string, ModelReply]>([
      ['prose', { content: 'They are all the same.' }],
      ['another shape', { content: { verdicts: [{ pair: 1, verdict: 'merge' }] } }],
      ['pairs that do not exist', { content: { verdicts: [{ pair: 7, verdict: 'same' }] } }],
      ['two verdicts', { content: { verdicts: ['same', 'different'].map((verdict) => ({ pair: 1, verdict })) } }],
      ['nothing', { content: { verdicts: [] } }],
      ['status 401', { status: 401 }],
    ])('that answers %s changes nothing', async (_title, reply) => {
      const { model, fake } = await profileModel(() => reply);
      const memories = await memoriesIn(database, pair, model);
      const run = await memories.runs.run();
      expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: 0 } });
      expect(await memories.ids()).toEqual(['a', 'b']);
      expect(fake.asked.length).toBeLessThanOrEqual(3);
    });
  });

  test('without a model what rules leave open is kept for a person, and merged once that person accepts it', async () => {
    const memories = await memoriesIn(database, [
      { id: 'a', body: 'likes coffee', angle: 0 },
      { id: 'b', body: 'likes strong coffee', angle: 1 },
    ]);
    expect((await memories.runs.run()).totals).toMatchObject({ deleted_memories: 0 });
    expect(await memories.states()).toMatchObject({ related: 1 });
    await sql`update coppice.proposals set state = 'accepted' where collection = ${memories.name} and state = 'related'`.execute(
      database.db,
    );
    expect((await memories.runs.run({ apply: 'accepted' })).totals).toMatchObject({ deleted_memories: 1 });
    expect(await memories.ids()).toEqual(['b']);
  });

  test('a memory whose text changed between proposal and apply stays, and so does one without a vector', async () => {
    const memories = await memoriesIn(database, [
      { id: 'a', body: 'Drinks coffee', angle: 0, score: 0.9 },
      { id: 'b', body: 'drinks coffee', angle: 1 },
      { id: 'c', owner: 'v', body: 'Drinks tea', angle: 0 },
      { id: 'd', owner: 'v', body: 'drinks tea', angle: null },
    ]);
    const change = () => memories.execute(`update TABLE set body = 'Drinks coffee at night' where id = 'a'`);
    expect((await memories.runs.run({}, change)).totals).toMatchObject({ deleted_memories: 0, no_longer_due: 1 });
    expect(await memories.ids()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a dry run and a run for another bot merge nothing; the proposals stay for the next run', async () => {
    const memories = await memoriesIn(database, restated);
    expect((await memories.runs.run({ dry_run: true })).totals).toMatchObject({ deleted_memories: 0 });
    expect(await memories.states()).toMatchObject({ proposed: 1 });
    expect((await memories.runs.run({ bot_id: 'other' })).totals).toMatchObject({ deleted_memories: 0 });
    expect((await memories.runs.run()).totals).toMatchObject({ deleted_memories: 1 });
  });

  test('a collection whose vectors cannot be compared is refused, and the reason names the column', async () => {
    const memories = await memoriesIn(database, restated);
    await memories.execute('alter table TABLE alter column embedding type text using embedding::text');
    const store = createRowStore(
      toMapping('texts', {
        ...{ kind: 'memories', table: `public.${memories.name}`, user: 'owner', content: 'body' },
        vectors: { in: 'row', column: 'embedding' },
      }),
    );
    const table = await store.open(database.db);
    expect(await table.memories?.problems(database.db)).toEqual([
      'collections.texts: column embedding is of type text, not vector or halfvec of pgvector',
    ]);
  });
});
