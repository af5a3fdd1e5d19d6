import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import type { GraphImage } from '../../../src/domain/graph-item.ts';
import type { VectorClass } from '../../../src/domain/graph-mapping.ts';
import { createGraphWithVectors } from '../../../src/stores/graph-with-vectors/store.ts';
import { GraphFenceError } from '../../../src/stores/ports/graph-fence.ts';
import type { ItemsOutside } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import type { GraphVectors } from '../../../src/stores/ports/graph-vectors.ts';
import { fenceCheck } from '../../../src/stores/postgres/graph/epoch.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { createWeaviateGraphVectors } from '../../../src/stores/weaviate/graph/store.ts';
import { describeOn, describeOnDatabase, type SuiteDatabase } from '../../support/stores.ts';
import { clientOf } from '../../support/weaviate-objects.ts';
import { type BesidePlace, classPlace, placeWithVectors, tablePlace, withoutVectors } from './beside-place.ts';
import { cutoff } from './corpus.ts';
import type { GraphPlace } from './place.ts';
import { tablesPlace } from './tables-place.ts';

/** Two stores and no lock that spans them: whatever happens between two steps, no live document loses a vector. */

const rule = { cutoff, graceDays: 1, collectors: ['deprecated-vectors'] as const };
const old = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
const gone = { deprecated_at: '2026-02-01T00:00:00.000Z' };
const vectors = [
  { ...old, type: 'vector', id: 'v1', document: 'd', embedding: [0.1, 1 / 3, -2.5e-7] },
  { ...old, type: 'vector', id: 'v2', document: 'd', embedding: [1, 2, 3] },
] satisfies GraphLine[];
const otherwise: GraphLine = { ...old, type: 'vector', id: 'v1', document: 'd', embedding: [9, 9, 9] };
const items = vectors.map(({ id }) => ({ kind: 'vector' as const, id }));

const place = withoutVectors(defaultPostgresGraph('graph'));
const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };

function suite(
  title: string,
  database: SuiteDatabase,
  open: () => Promise<BesidePlace & { drop?: () => Promise<void> }>,
): void {
  describeOn('native', title, () => {
    let graph: GraphStore;
    let beside: Awaited<ReturnType<typeof open>>;
    let whole: GraphPlace;
    let whatStood: string;
    let bystander: string;

    beforeAll(async () => {
      graph = createPostgresGraph(database.db, mapping);
      beside = await open();
      whole = placeWithVectors(database.db, tablesPlace(database.db, graph, place), beside);
      await whole.store.ensure();
    });
    afterAll(() => beside.drop?.());
    beforeEach(async () => {
      await whole.clear();
      await document({ ...gone });
      await whole.load([...vectors, ...vectors.map((one) => ({ ...one, group_id: 'b' }))]);
      await whole.load([{ ...old, ...gone, group_id: 'b', type: 'document', id: 'd' }]);
      whatStood = await beside.checksum('a');
      bystander = await whole.checksum('b');
    });

    const document = (dates: object) => whole.load([{ ...old, ...dates, type: 'document', id: 'd' }]);
    const comesBack = () => document({});
    const way = (store = whole.store) => {
      if (store.items.vectors.at === 'database') throw new Error('its vectors are elsewhere');
      return store.items.vectors;
    };
    /** The same stores, with something that happens at a step. */
    const when = (steps: Partial<GraphVectors>): ItemsOutside =>
      way(createGraphWithVectors(graph, { ...beside.vectors, ...steps }, fenceCheck(database.db, 'graph')));
    const dies = (): never => {
      throw new Error('the worker died');
    };
    const bothKeys = ['vector:v1', 'vector:v2'];

    it('due rows are removed, and restored to the bit', async () => {
      const images = await way().fetch('a', items);
      expect(await way().remove(await whole.fence('a'), rule, images)).toEqual({ stay: [] });
      expect(await beside.vectors.fetch('a', ['v1', 'v2'])).toEqual([]);
      expect(await way().restore(await whole.fence('a'), stored(images))).toEqual({ refused: [] });
      expect(await beside.checksum('a')).toBe(whatStood);
      expect(await whole.checksum('b')).toBe(bystander);
    });

    it('a document that comes back before the delete keeps its vectors', async () => {
      const images = await way().fetch('a', items);
      await comesBack();
      const { stay } = await way().remove(await whole.fence('a'), rule, images);
      expect(stay.sort()).toEqual(bothKeys);
      expect(await beside.checksum('a')).toBe(whatStood);
    });

    it('a document that comes back while its vectors go gets them back', async () => {
      const images = await way().fetch('a', items);
      const remove: GraphVectors['remove'] = async (...call) => {
        const outcome = await beside.vectors.remove(...call);
        await comesBack();
        return outcome;
      };
      const { stay } = await when({ remove }).remove(await whole.fence('a'), rule, stored(images));
      expect(stay.sort()).toEqual(bothKeys);
      expect(await beside.checksum('a')).toBe(whatStood);
      expect(await whole.checksum('b')).toBe(bystander);
    });

    it('so it does where the worker dies between the delete and the second look', async () => {
      const images = await way().fetch('a', items);
      const remove: GraphVectors['remove'] = async (...call) => {
        await beside.vectors.remove(...call);
        return dies();
      };
      const removal = when({ remove }).remove(await whole.fence('a'), rule, images);
      await expect(removal).rejects.toThrow('the worker died');
      await comesBack();
      const { stay } = await way().remove(await whole.fence('a'), rule, stored(images));
      expect(stay.sort()).toEqual(bothKeys);
      expect(await beside.checksum('a')).toBe(whatStood);
    });

    it('objects that a worker deleted before it died are counted as removed by the next attempt', async () => {
      const images = await way().fetch('a', items);
      const remove: GraphVectors['remove'] = async (...call) => {
        await beside.vectors.remove(...call);
        return dies();
      };
      await expect(when({ remove }).remove(await whole.fence('a'), rule, images)).rejects.toThrow('the worker died');
      expect(await way().remove(await whole.fence('a'), rule, stored(images))).toEqual({ stay: [] });
    });

    it('a vector that is written anew after it was read stays', async () => {
      const images = await way().fetch('a', items);
      await whole.load([otherwise]);
      expect(await way().remove(await whole.fence('a'), rule, images)).toEqual({ stay: ['vector:v1'] });
      const [left] = await beside.vectors.fetch('a', ['v1', 'v2']);
      expect(left?.id).toBe('v1');
    });

    it('a worker back from the dead removes nothing that was restored, and nothing under an old epoch', async () => {
      const images = await way().fetch('a', items);
      const frozen = await whole.fence('a');
      const successor = await whole.fence('a');
      await expect(way().remove(frozen, rule, images)).rejects.toThrow(GraphFenceError);
      await expect(way().restore(frozen, images)).rejects.toThrow(GraphFenceError);
      expect(await beside.checksum('a')).toBe(whatStood);
      await way().remove(successor, rule, images);
      await way().restore(successor, images);
      // Frozen beyond its check of the fence: what it sends then is all that is left of it.
      const late = await beside.vectors.remove(frozen, images).catch((error: unknown) => error);
      if (late instanceof Error) expect(late).toBeInstanceOf(GraphFenceError);
      else expect(late).toEqual({ changed: expect.arrayContaining(['v1', 'v2']) });
      expect(await beside.checksum('a')).toBe(whatStood);
    });

    it('an undo leaves alone what has the id by now', async () => {
      const images = await way().fetch('a', items);
      await way().remove(await whole.fence('a'), rule, images);
      await whole.load([otherwise]);
      expect(await way().restore(await whole.fence('a'), images)).toEqual({ refused: ['vector:v1'] });
      const [first] = (await way().fetch('a', items)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(first?.content).toContain('[9,9,9]');
    });

    it('an image of another group never rides along', async () => {
      const images = await way().fetch('b', items);
      const removal = await beside.vectors.remove(await whole.fence('a'), images).catch((error: unknown) => error);
      if (!(removal instanceof Error)) expect(removal).toEqual({ changed: expect.arrayContaining(['v1', 'v2']) });
      expect(await beside.checksum('a')).toBe(whatStood);
      expect(await whole.checksum('b')).toBe(bystander);
    });
  });
}

/** As they come back from the ledger: by way of JSON. */
function stored(images: readonly GraphImage[]): GraphImage[] {
  return JSON.parse(JSON.stringify(images));
}

describeOnDatabase('native', 'vectors beside a graph', (database) => {
  suite('in a table', database, () => tablePlace(database.db, mapping));

  describeOn('weaviate', 'vectors beside', (server) => {
    suite('in a class', database, () => classPlace(server.url, mapping));

    it('uuids name the objects of a class that has no ids of its own, also of a group that is stored empty', async () => {
      const own = { ...mapping, emptyGroup: 'default' };
      const { of, drop } = await classPlace(server.url, own);
      const byUuid: VectorClass = { ...of, mapped: true, id: null };
      const store = createWeaviateGraphVectors({
        ...{ url: server.url, timeoutMs: 30_000, mapping: { ...own, vectorsBeside: byUuid } },
      });
      const { call } = clientOf(server);
      const uuid = (no: number) => `00000000-0000-4000-8000-00000000000${no}`;
      for (const [no, group_id] of ['', ' ', 'a'].entries()) {
        const properties = { group_id, document_id: 'd', deprecated_at: '2026-02-01T00:00:00.123456+02:00' };
        await call('POST', '/objects', { class: of.class, id: uuid(no), properties, vector: [no, 0.1] });
      }
      expect([...(await store.tallies()).keys()].sort()).toEqual([' ', 'a', 'default']);
      const listed = [];
      for await (const page of store.list(['default'])) listed.push(...page);
      expect(listed).toMatchObject([{ group: 'default', id: uuid(0), document: 'd' }]);
      expect(listed[0]?.deprecatedAt?.toISOString()).toBe('2026-01-31T22:00:00.124Z');
      const images = await store.fetch('default', [uuid(0), uuid(1), uuid(2)]);
      expect(images.map(({ id }) => id)).toEqual([uuid(0)]);
      const fence = { group: 'default', epoch: 1 };
      expect(await store.remove(fence, images)).toEqual({ changed: [] });
      expect(await store.restore(fence, images)).toEqual({ superseded: [] });
      expect(await store.restore(fence, images)).toEqual({ superseded: [] });
      expect((await store.fetch('default', [uuid(0)])).map(({ content }) => JSON.parse(content).properties)).toEqual(
        images.map(({ content }) => JSON.parse(content).properties),
      );
      await drop();
    });

    it('two of one id are left alone, and what two of them share an undo refuses', async () => {
      const { of, drop, vectors: store } = await classPlace(server.url, mapping);
      const { call } = clientOf(server);
      const write = (id: string) =>
        call('POST', '/objects', {
          class: of.class,
          id,
          properties: { group_id: 'a', vector_id: 'v' },
          vector: [1, 2],
        });
      await write('00000000-0000-4000-8000-000000000001');
      const images = await store.fetch('a', ['v']);
      await store.remove({ group: 'a', epoch: 1 }, images);
      await write('00000000-0000-4000-8000-000000000002');
      expect(await store.restore({ group: 'a', epoch: 1 }, images)).toEqual({ superseded: ['v'] });
      await write('00000000-0000-4000-8000-000000000003');
      expect(await store.fetch('a', ['v'])).toEqual([]);
      await drop();
    });

    it('a class that cannot be asked exactly is named before anything is done', async () => {
      const { call } = clientOf(server);
      const name = 'Inexact_vectors';
      const text = (property: string, tokenization: string) => ({ name: property, dataType: ['text'], tokenization });
      await call('POST', '/schema', {
        class: name,
        properties: [text('group_id', 'word'), text('vector_id', 'field'), { name: 'created_at', dataType: ['int'] }],
      });
      const { of, drop } = await classPlace(server.url, mapping);
      const inspect = (over: Partial<VectorClass>) =>
        createWeaviateGraphVectors({
          ...{ url: server.url, timeoutMs: 30_000, mapping: { ...mapping, vectorsBeside: { ...of, ...over } } },
        }).inspect();
      expect((await inspect({})).problems).toEqual([]);
      const { problems } = await inspect({ class: name, mapped: true });
      expect(problems).toEqual([
        'Weaviate class Inexact_vectors has no property document_id',
        'Weaviate class Inexact_vectors has no property entity_id',
        'Weaviate class Inexact_vectors has no property deprecated_at',
        'property group_id of Weaviate class Inexact_vectors has tokenization word: it must be field',
        'property created_at of Weaviate class Inexact_vectors is int, and mapped as datetime, which is kept as date',
      ]);
      expect((await inspect({ class: 'Nowhere', mapped: true })).problems).toEqual([
        'Weaviate class Nowhere does not exist: check the mapping',
      ]);
      await call('DELETE', `/schema/${name}`);
      await drop();
    });
  });
});
