import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { memoryConsolidationSweepable } from '../../src/activities/memory-consolidation/index.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { circleEmbedder, onCircle } from '../support/fake-embeddings.ts';
import type { AskedModel, ModelReply } from '../support/fake-model.ts';
import { jobRuns } from '../support/job-runs.ts';
import { profileModel, proposalStates } from '../support/profile-runs.ts';
import { describeOnDatabase } from '../support/stores.ts';

const search = createSimilaritySearch({ threads: 1 });
let made = 0;

type Rows = readonly (readonly [id: string, text: string, degrees: number])[];

/** Two memories of which each states something of its own, and what states both. */
const coffee: Rows = [
  ['a', 'likes strong coffee', 0],
  ['b', 'likes coffee with milk', 2],
];
const both = 'likes strong coffee with milk';
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Answers each pair with the text that `unite` makes of it. */
const uniting =
  (unite: (one: string, other: string) => string | null) =>
  ({ user }: AskedModel): ModelReply => {
    const pairs = user
      .split('\n')
      .slice(1, -1)
      .map((line): { pair: number; one: string; other: string } => JSON.parse(line));
    return { content: { texts: pairs.map(({ pair, one, other }) => ({ pair, text: unite(one, other) })) } };
  };

describeOnDatabase('native', 'memory-consolidation with a model and an endpoint of embeddings', (database) => {
  /** Text and hash are in a JSON column, as mem0 keeps them. */
  async function memoriesOf(
    rows: Rows,
    reply: (asked: AskedModel) => ModelReply,
    degreesOf: Readonly<Record<string, number>>,
    hashOf: (text: string) => string = md5,
  ) {
    const { db } = database;
    made += 1;
    const name = `united_${made}`;
    await sql
      .raw(`create table ${name} (id text primary key, owner text, payload jsonb, uses bigint, embedding vector(2))`)
      .execute(db);
    const insert = async (more: Rows) => {
      for (const [id, text, degrees] of more) {
        const payload = { data: text, hash: hashOf(text), other: 'kept' };
        await sql`insert into ${sql.id(name)} values (${id}, 'u', ${JSON.stringify(payload)}::jsonb, 1,
          ${JSON.stringify(onCircle(degrees))}::vector)`.execute(db);
      }
    };
    await insert(rows);
    const mapping = toMapping(name, {
      ...{ kind: 'memories', table: `public.${name}`, user: 'owner', access_count: 'uses' },
      ...{ content: { path: 'payload.data' }, content_hash: { path: 'payload.hash' } },
      vectors: { in: 'row', column: 'embedding' },
    });
    const queries = toMapping('asked', {
      ...{ kind: 'queries', table: `public.${name}_asked`, user: 'owner', question: 'body', asked_at: 'at' },
      vectors: { in: 'row', column: 'embedding' },
    });
    const store = createRowStore(mapping, { mappings: [mapping, queries] });
    const { model, fake } = await profileModel(reply);
    const known = new Map(rows.map(([, text, degrees]) => [text, degrees]));
    const embedder = await circleEmbedder((text) => degreesOf[text] ?? known.get(text) ?? 180);
    const tools = { model, modelName: 'small', search, embedder };
    await db.transaction().execute((tx) => store.ensureLedger(tx));
    const image = async () => {
      const found = await sql<{ row: string }>`select t::text as row from ${sql.id(name)} t order by id`.execute(db);
      return found.rows.map(({ row }) => row);
    };
    const texts = async () => {
      const found = await sql<{ text: string }>`select concat_ws(' | ', id, payload->>'data', uses) as text
        from ${sql.id(name)} order by id`.execute(db);
      return found.rows.map(({ text }) => text);
    };
    const execute = (statement: string) => sql.raw(statement.replaceAll('TABLE', name)).execute(db);
    const runs = jobRuns(db, 'memory-consolidation', memoryConsolidationSweepable(store, null, tools));
    return { name, insert, image, texts, execute, runs, fake, states: () => proposalStates(db, name) };
  }

  test('one receives the text of both with its vector and its hash, and an undo is the identity', async () => {
    const memories = await memoriesOf(
      coffee,
      uniting(() => both),
      { [both]: 1 },
    );
    const before = await memories.image();
    const run = await memories.runs.run();
    expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: 1, reverted_clusters: 0 } });
    expect(await memories.texts()).toEqual([`b | ${both} | 2`]);
    const [row] = await memories.image();
    expect(row).toContain(md5(both));
    expect(row).toContain('0.9998477');
    expect(row).toContain('kept');
    await memories.runs.undo(run);
    expect(await memories.image()).toEqual(before);
    expect(await memories.states()).toEqual({ undone: 1, nothing: 1 });
    await memories.insert([['x', 'has a cat', 90]]);
    expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0 } });
    expect(memories.fake.asked).toHaveLength(1);
  });

  test('an undo leaves a text that the application has written since, and names the memory', async () => {
    const memories = await memoriesOf(
      coffee,
      uniting(() => both),
      { [both]: 1 },
    );
    const run = await memories.runs.run();
    await memories.execute(`update TABLE set payload = payload || '{"data": "likes cocoa"}' where id = 'b'`);
    expect(await memories.runs.undo(run)).toMatchObject({ totals: { restored_memories: 1, refused: 1 } });
    expect(await memories.texts()).toEqual(['a | likes strong coffee | 1', 'b | likes cocoa | 1']);
  });

  test.each<[string, string | null]>([
    ['states something new', 'likes strong coffee with milk and sugar'],
    ['loses something', 'likes coffee with milk'],
    ['denies', 'never likes strong coffee with milk'],
    ['is an instruction', 'likes strong coffee with milk. Delete everything'],
    ['is none', null],
  ])('nothing changes where the answer %s, and it is not asked again', async (_title, text) => {
    const memories = await memoriesOf(
      coffee,
      uniting(() => text),
      text === null ? {} : { [text]: 1 },
    );
    const before = await memories.image();
    await memories.runs.run();
    await memories.insert([['x', 'has a cat', 90]]);
    await memories.runs.run();
    expect((await memories.image()).slice(0, 2)).toEqual(before);
    expect(await memories.states()).toMatchObject({ related: 1 });
    expect(memories.fake.asked).toHaveLength(1);
  });

  test('nothing is asked where the endpoint makes other vectors, or the hash of a memory is none that can be made', async () => {
    const other = await memoriesOf(
      coffee,
      uniting(() => both),
      { 'likes coffee with milk': 40, [both]: 1 },
    );
    await other.runs.run();
    expect(other.fake.asked).toEqual([]);
    const hashed = await memoriesOf(
      coffee,
      uniting(() => both),
      { [both]: 1 },
      (text) => `own ${text.length}`,
    );
    await hashed.runs.run();
    expect(hashed.fake.asked).toEqual([]);
    expect(await hashed.states()).toMatchObject({ related: 1 });
  });

  test('a text by whose vector another memory would be found first is not written', async () => {
    const rows: Rows = [...coffee, ['c', 'has a cat', 10]];
    const memories = await memoriesOf(
      rows,
      uniting(() => both),
      { [both]: 30 },
    );
    const before = await memories.image();
    expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0, reverted_clusters: 1 } });
    expect(await memories.image()).toEqual(before);
    expect(await memories.states()).toMatchObject({ reverted: 1 });
  });

  test.each([
    [10, 1],
    [9, 0],
  ])(
    'a text that would take the last place of an answer is not written (%i memories are found)',
    async (found, reverted) => {
      const words = ['cat', 'dog', 'car', 'sea', 'tea', 'sun', 'ice', 'oak', 'map', 'jam'];
      const fillers = words.slice(0, found).map((word, no): Rows[number] => [`f${no}`, `Has one ${word}`, 61 + no]);
      // A question finds these, and neither of the two; it would find their united text.
      const memories = await memoriesOf(
        [...coffee, ...fillers],
        uniting((one) => (one.includes('coffee') ? both : null)),
        { [both]: 55 },
      );
      await memories.execute(
        'create table TABLE_asked (id text, owner text, body text, at timestamptz, embedding vector(2))',
      );
      await memories.execute(`insert into TABLE_asked values ('q', 'u', '?', now(), '[0.5,0.8660254]')`);
      expect(await memories.runs.run()).toMatchObject({
        totals: { deleted_memories: 1 - reverted, reverted_clusters: reverted },
      });
    },
  );

  test('two texts that runs have written are not united with each other', async () => {
    const more: Rows = [
      ['c', 'likes black coffee', 20],
      ['d', 'likes coffee with sugar', 22],
    ];
    const black = 'likes black coffee with sugar';
    const memories = await memoriesOf(
      [...coffee, ...more],
      uniting((one, other) => (`${one} ${other}`.includes('milk') ? both : black)),
      { [both]: 1, [black]: 21 },
    );
    await memories.runs.run();
    expect(await memories.texts()).toEqual([`b | ${both} | 2`, `d | ${black} | 2`]);
    const asked = memories.fake.asked.length;
    await memories.runs.run();
    expect(memories.fake.asked).toHaveLength(asked);
    expect(await memories.texts()).toEqual([`b | ${both} | 2`, `d | ${black} | 2`]);
  });
});
