import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import { collectors } from '../../../src/domain/collectors.ts';
import type { GraphItem } from '../../../src/domain/graph-item.ts';
import type { CypherSession } from '../../../src/stores/cypher/session.ts';
import { createCypherGraph } from '../../../src/stores/cypher/store.ts';
import { openFalkorSession } from '../../../src/stores/falkordb/session.ts';
import { openNeo4j } from '../../../src/stores/neo4j/session.ts';
import type { ItemsOutside } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { describeOnNeo4j } from '../../support/neo4j.ts';
import { until } from '../../support/until.ts';
import { cutoff } from './corpus.ts';
import { suiteGraph } from './neo4j-place.ts';

const rule = { cutoff, graceDays: 1, collectors };
const old = { group_id: 'g', created_at: '2026-01-01T00:00:00.000Z' };
const deprecated_at = '2026-02-01T00:00:00.000Z';
const lines: GraphLine[] = [
  { ...old, type: 'document', id: 'd', deprecated_at },
  { ...old, type: 'entity', id: 'a' },
  { ...old, type: 'entity', id: 'b' },
  { ...old, type: 'entity', id: 'lonely' },
  { ...old, type: 'relation', id: 'r', source: 'a', target: 'b', document: 'd' },
  { ...old, type: 'vector', id: 'v', document: 'd' },
];
const [relation, vector, entity]: GraphItem[] = [
  { kind: 'relation', id: 'r' },
  { kind: 'vector', id: 'v' },
  { kind: 'entity', id: 'lonely' },
];

/** A session in which something happens between looking and deleting. */
function interrupted(session: CypherSession, meanwhile: () => Promise<unknown>): CypherSession {
  return {
    ...session,
    write: (graph, work, signal) =>
      session.write(
        graph,
        (run) =>
          work(async (text, parameters) => {
            if (/\bDELETE\b/.test(text)) await meanwhile();
            return run(text, parameters);
          }),
        signal,
      ),
  };
}

function outside({ items: { graph } }: GraphStore): ItemsOutside {
  if (graph.at !== 'outside') throw new Error('this graph is elsewhere');
  return graph;
}

const own = { description: '', probe: async () => {}, algorithms: () => null, problems: async () => [] };

describeOnFalkordb('between looking and deleting', (suite) => {
  const graph = suite.graph('meanwhile');
  const place = { ...defaultCypherGraph('falkordb'), database: graph };
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
  let session: CypherSession;
  beforeAll(() => {
    const { host, password } = new URL(suite.url);
    session = openFalkorSession({ url: `redis://${host}`, password, timeoutMs: 30_000 }, graph);
  });
  beforeEach(async () => {
    await suite.query(graph, 'MATCH (n) DELETE n');
    await createCypherGraph(session, mapping, own).loading.load?.(lines);
  });
  afterAll(() => session.close());

  const removed = async (item: GraphItem | undefined, meanwhile: string) => {
    const way = outside(
      createCypherGraph(
        interrupted(session, () => suite.query(graph, meanwhile)),
        mapping,
        own,
      ),
    );
    const images = await way.fetch('g', item === undefined ? [] : [item]);
    expect(images).toHaveLength(1);
    const { stay } = await way.remove({ group: 'g', epoch: 1 }, rule, images);
    return stay;
  };

  it.each([
    ['nothing happens', relation, 'RETURN 1', []],
    ['nothing happens', vector, 'RETURN 1', []],
    ['nothing happens', entity, 'RETURN 1', []],
    ['the relation is written to', relation, "MATCH ()-[r {id: 'r'}]->() SET r.weight = 2", ['relation:r']],
    ['its document is renewed', relation, 'MATCH (d:Document) SET d.deprecated_at = null', ['relation:r']],
    ['the document of a vector is renewed', vector, 'MATCH (d:Document) SET d.deprecated_at = null', ['vector:v']],
    ['the vector is written anew', vector, 'MATCH (v:Vector) SET v.embedding = vecf32([1, 2])', ['vector:v']],
    [
      'the entity is spoken of',
      entity,
      "MATCH (e {id: 'lonely'}), (a {id: 'a'}) CREATE (a)-[:RELATES_TO]->(e)",
      ['entity:lonely'],
    ],
    ['a higher epoch has begun', entity, 'MATCH (f:CoppiceFence) SET f.epoch = 2', ['entity:lonely']],
  ] as const)('%s: %o', async (_title, item, meanwhile, stay) => {
    expect(await removed(item, meanwhile)).toEqual(stay);
  });
});

describeOnNeo4j('between looking and deleting', (suite) => {
  const place = suiteGraph(suite);
  const mapping = { name: suite.label('graph'), mapped: false, emptyGroup: null, accept: [], place };
  let session: CypherSession;
  beforeAll(async () => {
    const { host, username, password } = new URL(suite.url);
    session = openNeo4j({ url: `bolt://${host}`, user: username, password, timeoutMs: 30_000 }, 'neo4j');
    // The fence is unique by a constraint: without it two that raise it at once make two.
    await createCypherGraph(session, mapping, own).ensure();
  });
  beforeEach(async () => {
    await suite.query(`MATCH (n:${place.entities.label}) DETACH DELETE n`);
    await suite.query('MATCH (f:CoppiceFence {key: $key}) DELETE f', { key: JSON.stringify([mapping.name, 'g']) });
    await createCypherGraph(session, mapping, own).loading.load?.(lines);
  });
  afterAll(() => session.close());

  describe('everybody else waits', () => {
    it.each([
      ['who renews the document', relation, `MATCH (d:${place.documents.label}) SET d.deprecated_at = null`],
      ['who writes to the relation', relation, `MATCH ()-[r:${place.relations.type}]->() SET r.weight = 2`],
      ['who draws a higher epoch', entity, 'MATCH (f:CoppiceFence {key: $key}) SET f.epoch = 2'],
    ] as const)('%s', async (_title, item, text) => {
      const marked = `${text} RETURN '${suite.label('marked')}' AS marked`;
      let other: Promise<unknown> = Promise.resolve();
      const meanwhile = async () => {
        other = suite.query(marked, { key: JSON.stringify([mapping.name, 'g']) }).catch(() => {});
        await until('the other waits', async () => {
          const blocked = await suite.query(
            `SHOW TRANSACTIONS YIELD status, currentQuery WHERE status STARTS WITH 'Blocked' AND currentQuery CONTAINS $marked RETURN status`,
            { marked: suite.label('marked') },
          );
          return blocked.length;
        });
      };
      const way = outside(createCypherGraph(interrupted(session, meanwhile), mapping, own));
      const images = await way.fetch('g', item === undefined ? [] : [item]);
      expect(await way.remove({ group: 'g', epoch: 1 }, rule, images)).toEqual({ stay: [] });
      await other;
      expect(await way.fetch('g', images)).toEqual([]);
    });
  });

  it('an entity that is mentioned in that moment stays, or was deleted before: never an edge without its end', async () => {
    const who = suite.label('speaker');
    const edge = `MATCH (e:${place.entities.label} {id: 'lonely'}), (a:${place.entities.label} {id: 'a'}) CREATE (a)-[:OWNS]->(e)`;
    let other: Promise<boolean> = Promise.resolve(false);
    // It waits for our lock only when it commits, and our deletion for it: the server ends one of the two.
    const meanwhile = async () => {
      const speaker = suite.driver.session();
      other = speaker
        .run(edge, {}, { metadata: { who } })
        .then(() => true)
        .catch(() => false)
        .finally(() => speaker.close());
      await until('the other waits', async () => {
        const closing = `SHOW TRANSACTIONS YIELD status, metaData WHERE status = 'Closing' AND metaData.who = $who RETURN status`;
        return (await suite.query(closing, { who })).length;
      });
    };
    const way = outside(createCypherGraph(interrupted(session, meanwhile), mapping, own));
    const images = await way.fetch('g', entity === undefined ? [] : [entity]);
    const first = await way.remove({ group: 'g', epoch: 1 }, rule, images).catch((error: unknown) => error);
    if (await other) {
      expect(first).toMatchObject({ name: 'DatabaseError', wholeStore: false });
      const again = outside(createCypherGraph(session, mapping, own));
      expect(await again.remove({ group: 'g', epoch: 1 }, rule, images)).toEqual({ stay: ['entity:lonely'] });
    } else {
      expect(first).toEqual({ stay: [] });
    }
  });
});
