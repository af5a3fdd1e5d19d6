import { expect, onTestFinished, test } from 'vitest';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import { collectors } from '../../../src/domain/collectors.ts';
import type { GraphImage } from '../../../src/domain/graph-item.ts';
import { freePort } from '../../../src/local/free-port.ts';
import { tallyOf } from '../../../src/stores/ports/graph-census.ts';
import type { ItemsOutside } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { startFalkordb } from '../../../tools/servers/falkordb.ts';
import { startNeo4j } from '../../../tools/servers/neo4j.ts';
import { temporaryFolder } from '../../local/support.ts';
import { connectFalkordb, queryFalkordb } from '../../support/falkordb.ts';
import { connectNeo4j } from '../../support/neo4j.ts';
import { restartable } from '../../support/restartable.ts';
import { serverUrl } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { cutoff } from './corpus.ts';
import { openFalkorGraph } from './falkordb-place.ts';
import { openNeo4jGraph } from './neo4j-place.ts';

const rule = { cutoff, graceDays: 1, collectors };
const count = 2_000;
const lonely = Array.from({ length: count }, (_, at): GraphLine => {
  return { type: 'entity', group_id: 'g', id: `e${at}`, created_at: '2026-01-01T00:00:00.000Z', embedding: [0.5, at] };
});

test.skipIf((await serverUrl('neo4j')) === null)(
  'Neo4j dies in the middle of a removal: nothing is half gone, and the same call ends it',
  async () => {
    const [dir, port] = [temporaryFolder(), await freePort()];
    const started = stoppedAfter();
    const server = await restartable(() => startNeo4j({ dir, port, fast: true, log: () => {} }), started);
    const store = await openNeo4jGraph(server.first.url, {
      ...{ name: 'graph', mapped: false, emptyGroup: null, accept: [], place: defaultCypherGraph('neo4j') },
    });
    onTestFinished(() => store.close());
    await store.ensure();
    await store.loading.load?.(lonely);
    const way = outside(store);
    const images = await way.fetch('g', itemsOf(lonely));
    expect(images).toHaveLength(count);

    // Somebody else holds the last entity: the removal has its fence and waits there, in the middle of its transaction.
    const driver = connectNeo4j(server.first.url);
    onTestFinished(() => driver.close());
    const holding = driver.session().beginTransaction();
    await holding.run(`MATCH (e:Entity {group_id: 'g', id: 'e1999'}) SET e.id = e.id`);
    const removal = way.remove({ group: 'g', epoch: 1 }, rule, images).catch((error: unknown) => error);
    await until('the removal waits for the lock', async () => {
      const { records } = await driver.executeQuery(
        `SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN status`,
      );
      return records.length > 0;
    });
    await server.kill();
    expect(await removal).toMatchObject({ name: 'ConnectionError', wholeStore: true });
    await expect(tallyOf(store.census, 'g')).rejects.toMatchObject({ name: 'ConnectionError' });

    await server.start();
    expect((await tallyOf(store.census, 'g')).entities).toBe(count);
    expect(await way.remove({ group: 'g', epoch: 1 }, rule, images)).toEqual({ stay: [] });
    expect((await tallyOf(store.census, 'g')).entities).toBe(0);
    expect(await way.remove({ group: 'g', epoch: 1 }, rule, images)).toEqual({ stay: [] });
    expect(await way.restore({ group: 'g', epoch: 2 }, images)).toEqual({ refused: [] });
    expect((await tallyOf(store.census, 'g')).entities).toBe(count);
  },
);

test.skipIf((await serverUrl('falkordb')) === null)(
  'FalkorDB dies in a removal: all of a statement or nothing, and the same call ends it',
  async () => {
    const [dir, port] = [temporaryFolder(), await freePort()];
    const started = stoppedAfter();
    const server = await restartable(() => startFalkordb({ dir, port, durable: true, log: () => {} }), started);
    const store = await openFalkorGraph(server.first.url, {
      ...{ name: 'graph', mapped: false, emptyGroup: null, accept: [], place: defaultCypherGraph('falkordb') },
    });
    onTestFinished(() => store.close());
    await store.ensure();
    await store.loading.load?.(lonely);
    const way = outside(store);
    const images = await way.fetch('g', itemsOf(lonely));
    expect(images).toHaveLength(count);

    const client = connectFalkordb(server.first.url);
    onTestFinished(() => client.destroy());
    await client.connect();
    const removal = way.remove({ group: 'g', epoch: 1 }, rule, images).catch((error: unknown) => error);
    // From here on the removal has begun: its fence stands.
    await until(
      'the removal has raised its fence',
      async () => (await queryFalkordb(client, 'knowledge', 'MATCH (f:CoppiceFence) RETURN f.epoch')).length > 0,
    );
    await server.kill();
    await removal;

    await server.start();
    expect([0, count]).toContain((await tallyOf(store.census, 'g')).entities);
    expect(await way.remove({ group: 'g', epoch: 1 }, rule, images)).toEqual({ stay: [] });
    expect((await tallyOf(store.census, 'g')).entities).toBe(0);
    expect(await way.restore({ group: 'g', epoch: 2 }, images)).toEqual({ refused: [] });
    expect(comparable(await way.fetch('g', itemsOf(lonely)))).toEqual(comparable(images));
  },
);

function stoppedAfter(): { stop(): Promise<void> }[] {
  const started: { stop(): Promise<void> }[] = [];
  onTestFinished(async () => void (await Promise.all(started.map((server) => server.stop()))));
  return started;
}

/** In the order of ids, and with contents read: a store may give the properties of a node in another order. */
function comparable(images: readonly GraphImage[]) {
  const read = images.map((image) => ({ ...image, content: JSON.parse(image.content) }));
  return read.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function itemsOf(lines: readonly GraphLine[]) {
  return lines.flatMap((line) => (line.type === 'entity' ? [{ kind: 'entity' as const, id: line.id }] : []));
}

function outside({ items: { graph } }: GraphStore): ItemsOutside {
  if (graph.at !== 'outside') throw new Error('this graph is elsewhere');
  return graph;
}
