import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Sweepable } from '../../src/activities/sweep/sweepable.ts';
import { assemble } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { circleEmbedder } from '../support/fake-embeddings.ts';
import { profileModel } from '../support/profile-runs.ts';
import {
  answering,
  type RestatedRow,
  type RestatedTools,
  restated,
  restatedMemories,
} from '../support/restated-memories.ts';
import { describeOn, describeOnDatabase } from '../support/stores.ts';

/** Whose vectors are nearer to each other than their searches allow: a search for n would find o before m. */
const harder: readonly RestatedRow[] = [
  { id: 'm', owner: 'v', body: 'Plays chess', angle: 0, score: 0.9 },
  { id: 'n', owner: 'v', body: 'plays chess.', angle: 40 },
  { id: 'o', owner: 'v', body: 'Watches football', angle: 55 },
];

describeOnDatabase('native', 'memory-consolidation', (database) => {
  describeOn('weaviate', 'vectors', (weaviate) => {
    const memoriesIn = (rows: readonly RestatedRow[], tools: RestatedTools = {}) =>
      restatedMemories(database, rows, { ...tools, weaviate });
    const owners = (objects: readonly { readonly properties: Readonly<Record<string, unknown>> }[]) =>
      [...new Set(objects.map(({ properties }) => properties.document_id))].sort();

    test('rules merge, an undo is the identity in both stores, and what was undone is not proposed again', async () => {
      const memories = await memoriesIn([...restated, { id: 'c', body: 'DRINKS COFFEE', angle: null }]);
      const before = { rows: await memories.image(), objects: await memories.objects() };
      const run = await memories.runs.run();
      expect(run).toMatchObject({
        ...{ status: 'success' },
        totals: { deleted_memories: 1, deleted_vectors: 2, reverted_clusters: 0, no_longer_due: 0 },
      });
      // A memory without a vector is not merged, whatever it says.
      expect(await memories.ids()).toEqual(['a', 'c', 'y', 'z']);
      expect(owners(await memories.objects())).toEqual(['a', 'y', 'z']);
      expect((await memories.image())[0]).toMatch(/^\(a,u,"Drinks coffee\.",0\.9,[^,]+( [^,]+)?,,5,/);
      expect((await memories.image())[2]).toContain('[""a""]');
      expect(await memories.states()).toMatchObject({ applied: 1 });
      // What stays keeps its objects as they were.
      const kept = before.objects.filter(({ properties }) => properties.document_id !== 'b');
      expect(await memories.objects()).toEqual(kept);
      const undo = await memories.runs.undo(run);
      expect(undo).toMatchObject({ totals: { restored_memories: 1, restored_vectors: 2, unmerged_memories: 2 } });
      expect({ rows: await memories.image(), objects: await memories.objects() }).toEqual(before);
      expect(await memories.states()).toMatchObject({ undone: 1 });
      await memories.insert([{ id: 'x', body: 'Something new', angle: 270 }]);
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0 } });
    });

    test('a merge after which a search would find less is not made, once; a good one beside it is', async () => {
      const memories = await memoriesIn([...restated, ...harder]);
      const objects = await memories.objects();
      const first = await memories.runs.run();
      expect(first).toMatchObject({
        ...{ status: 'success' },
        totals: { deleted_memories: 1, reverted_clusters: 1, no_longer_due: 0 },
      });
      expect(await memories.ids()).toEqual(['a', 'm', 'n', 'o', 'y', 'z']);
      expect(await memories.objects()).toEqual(objects.filter(({ properties }) => properties.document_id !== 'b'));
      expect(await memories.states()).toMatchObject({ applied: 1, reverted: 1 });
      for (let night = 0; night < 2; night++) {
        await memories.execute(`update TABLE set body = body || '!' where id = 'o'`);
        expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0, reverted_clusters: 0 } });
      }
      await memories.execute(`update TABLE set body = 'Plays the chess' where id = 'n'`);
      await memories.insert([]);
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0, reverted_clusters: 1 } });
    });

    test('a merge after which a question of the user would find its answer later is not made', async () => {
      const rows: readonly RestatedRow[] = [
        { id: 'a', body: 'Drinks coffee', angle: 0, score: 0.9 },
        { id: 'b', body: 'drinks coffee.', angle: 20 },
        { id: 'c', body: 'Grows tomatoes', angle: 60 },
      ];
      const reverted = async (degrees: number, owner: string) => {
        const memories = await memoriesIn(rows);
        await memories.execute(
          'create table TABLE_asked (id text, owner text, body text, at timestamptz, embedding vector(2))',
        );
        const radians = (degrees * Math.PI) / 180;
        await memories.execute(
          `insert into TABLE_asked values ('q', '${owner}', '?', now(), '[${Math.cos(radians)},${Math.sin(radians)}]')`,
        );
        return (await memories.runs.run()).totals.reverted_clusters;
      };
      // The question finds b before c today, and would find c before a.
      expect(await reverted(35, 'u')).toBe(1);
      expect(await reverted(35, 'v')).toBe(0);
      expect(await reverted(25, 'u')).toBe(0);
    });

    test('pairs that only words of their own divide are related, and the text of neither is changed', async () => {
      const { model, fake } = await profileModel(answering(() => 'related'));
      const embedder = await circleEmbedder(() => 0);
      const rows: readonly RestatedRow[] = [
        { id: 'a', body: 'likes strong coffee', angle: 0 },
        { id: 'b', body: 'likes coffee with milk', angle: 1 },
      ];
      const memories = await memoriesIn(rows, { model, embedder });
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0 } });
      expect(await memories.states()).toMatchObject({ related: 1 });
      expect(fake.asked).toEqual([]);
      // A person may merge them: one text and its vector stay as they are.
      const objects = await memories.objects();
      await sql`update coppice.proposals set state = 'accepted' where collection = ${memories.name} and state = 'related'`.execute(
        database.db,
      );
      expect(await memories.runs.run({ apply: 'accepted' })).toMatchObject({ totals: { deleted_memories: 1 } });
      expect(await memories.ids()).toEqual(['b']);
      expect((await memories.image())[0]).toContain('likes coffee with milk');
      expect(await memories.objects()).toEqual(objects.filter(({ properties }) => properties.document_id === 'b'));
    });

    test('a text that was united while vectors were in the rows merges nothing here', async () => {
      const memories = await memoriesIn(restated);
      await memories.runs.run({ dry_run: true });
      await sql`update coppice.proposals set content = jsonb_set(content, '{added}', '[{"value": "Drinks coffee and tea"}]')
        where collection = ${memories.name} and state = 'proposed'`.execute(database.db);
      const before = { rows: await memories.image(), objects: await memories.objects() };
      expect(await memories.runs.run()).toMatchObject({ totals: { deleted_memories: 0 } });
      expect({ rows: await memories.image(), objects: await memories.objects() }).toEqual(before);
    });

    test('a memory whose text changed between proposal and apply stays with its vectors', async () => {
      const memories = await memoriesIn(restated);
      const before = await memories.objects();
      const change = () => memories.execute(`update TABLE set body = 'Drinks coffee at night' where id = 'a'`);
      const run = await memories.runs.run({}, change);
      expect(run.totals).toMatchObject({ deleted_memories: 0, no_longer_due: 1 });
      expect(await memories.ids()).toEqual(['a', 'b', 'y', 'z']);
      expect(await memories.objects()).toEqual(before);
    });

    test('what a run leaves that dies between its two transactions, the next one finishes; an undo takes it back', async () => {
      let deaths = 1;
      const dying = (sweepable: Sweepable): Sweepable => ({
        ...sweepable,
        open: async (db) => {
          const one = await sweepable.open(db);
          const applyBatch: typeof one.work.applyBatch = (work, size) => {
            const check = () => (deaths-- > 0 ? Promise.reject(new Error('killed')) : work.guard.check());
            return one.work.applyBatch({ ...work, guard: { ...work.guard, check } }, size);
          };
          return { ...one, work: { ...one.work, applyBatch } };
        },
      });
      const memories = await memoriesIn(restated, { around: dying });
      const before = { rows: await memories.image(), objects: await memories.objects() };
      await memories.runs.run().catch((error: unknown) => expect(error).toMatchObject({ message: 'killed' }));
      expect({ rows: await memories.image(), objects: await memories.objects() }).toEqual(before);
      await sql`delete from coppice.leases`.execute(database.db);
      const { rows } = await sql<{ run_id: string }>`update coppice.runs set status = 'failed', finished_at = now()
        where status = 'running' returning run_id`.execute(database.db);
      const begun = rows[0]?.run_id ?? '';
      const next = await memories.runs.run();
      // The merge counts for the run that began it.
      expect(next).toMatchObject({ status: 'success', totals: { deleted_memories: 0 } });
      expect(await memories.ids()).toEqual(['a', 'y', 'z']);
      expect(owners(await memories.objects())).toEqual(['a', 'y', 'z']);
      expect(await memories.states()).toMatchObject({ applied: 1 });
      await memories.runs.undo({ run_id: begun });
      expect({ rows: await memories.image(), objects: await memories.objects() }).toEqual(before);
      expect(await memories.states()).toMatchObject({ undone: 1 });
    });

    test.each<[RestatedTools['vectorNames'], number]>([
      [['body'], 1],
      [['default', 'title'], 1],
      [['body', 'title'], 0],
    ])(
      'of the named vectors %j a memory has the only one or `default`; without, it is left out by name',
      async (vectorNames, merged) => {
        // Their titles are alike, and their texts are not near.
        const far: readonly RestatedRow[] = [
          { id: 'e', owner: 'v', body: 'Drinks tea', angle: 0 },
          { id: 'f', owner: 'v', body: 'drinks tea', angle: 180 },
        ];
        const memories = await memoriesIn([...restated, ...far], { vectorNames });
        const run = await memories.runs.run();
        expect(run).toMatchObject({
          status: 'success',
          totals: { deleted_memories: merged, deleted_vectors: 2 * merged },
        });
        const leftOut = expect.stringContaining('without a vector that can be compared were left out: 6');
        expect(run.notes).toEqual([expect.stringContaining('no model was asked'), ...(merged === 1 ? [] : [leftOut])]);
        expect(await memories.ids()).toEqual(['a', ...(merged === 1 ? [] : ['b']), 'e', 'f', 'y', 'z']);
      },
    );

    test('a preview of the whole configuration reads them, too', async () => {
      const { name, mapping } = await memoriesIn(restated);
      const config = loadConfig({ DATABASE_URL: database.url, WEAVIATE_URL: weaviate.url });
      const jobs = config.jobs.map((one) => ({
        ...one,
        collections: one.job.id === 'memory-consolidation' ? [name] : [],
      }));
      const parts = await assemble({ ...config, collections: [mapping], graphs: [], jobs }, database.url, 'test');
      const { survey } = await preview(parts, 'memory-consolidation', {}).finally(() => parts.close());
      expect(survey).toMatchObject({ rows: 4, due: 1, partition_count: 1 });
    });

    test('the same memories are merged, and the same merges are not made, as with vectors in the rows', async () => {
      const texts = ['Drinks coffee', 'drinks coffee.', 'Drinks the coffee', 'Has a cat', 'has a cat.', 'Plays chess'];
      const random = seededRandom(13);
      const pick = (most: number) => Math.floor(random() * most);
      const rows = Array.from({ length: 120 }, (_, no): RestatedRow => {
        const body = texts[pick(texts.length)] ?? '';
        const id = `m${String(no).padStart(3, '0')}`;
        return { id, owner: `u${no % 12}`, body, angle: pick(60) + random(), score: pick(10) / 10 };
      });
      const [inRows, outside] = [await restatedMemories(database, rows), await memoriesIn(rows)];
      for (const memories of [inRows, outside]) {
        await memories.execute(
          'create table TABLE_asked (id text, owner text, body text, at timestamptz, embedding vector(2))',
        );
        await memories.execute(
          `insert into TABLE_asked select n, 'u' || n % 12, '?', now(), format('[%s,%s]', cosd(n * 7 % 60), sind(n * 7 % 60))::vector
            from generate_series(1, 24) n`,
        );
      }
      const [one, other] = [await inRows.runs.run(), await outside.runs.run()];
      const { deleted_memories: merged, reverted_clusters: reverted } = one.totals;
      expect(merged).toBeGreaterThan(5);
      expect(reverted).toBeGreaterThan(5);
      expect(other.totals).toMatchObject({ deleted_memories: merged, reverted_clusters: reverted });
      expect(await outside.ids()).toEqual(await inRows.ids());
    });
  });
});

describeOnDatabase('native', 'memory-consolidation in a database without pgvector', (database) => {
  describeOn('weaviate', 'vectors', (weaviate) => {
    test('memories are merged, and nothing asks for a type that does not exist', async () => {
      await sql`drop extension if exists vector cascade`.execute(database.db);
      const memories = await restatedMemories(database, restated, { weaviate });
      const run = await memories.runs.run();
      expect(run).toMatchObject({ status: 'success', totals: { deleted_memories: 1, deleted_vectors: 2 } });
    });
  });
});
