import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { graphPresets } from '../../src/config/graph-presets.ts';
import { toGraphMapping } from '../../src/config/graphs.ts';
import { auditInvalidations } from '../../src/jobs/audit-invalidations.ts';
import type { CypherMapping } from '../../src/stores/cypher/names.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { openFalkorGraph } from '../stores/graph/falkordb-place.ts';
import { openNeo4jGraph } from '../stores/graph/neo4j-place.ts';
import { describeOnFalkordb } from '../support/falkordb.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { describeOnNeo4j } from '../support/neo4j.ts';
import { describeOnDatabase } from '../support/stores.ts';

/** Where Graphiti keeps facts, and how they are reached past the product. */
interface Home {
  readonly damaged: string;
  readonly loaded: string;
  readonly label: string;
  readonly type: string;
  /** Literal of an instant as Graphiti writes it there. */
  instant(text: string): string;
  open(): Promise<GraphStore>;
  query(group: string, text: string): Promise<readonly unknown[]>;
}

describeOnNeo4j('audit-invalidations', (suite) => {
  const [label, type] = [suite.label('Person'), suite.label('RELATES_TO')];
  suiteOf({
    ...{ damaged: suite.group('damaged'), loaded: suite.group('loaded'), label, type },
    instant: (text) => `datetime('${text}')`,
    open: () => openNeo4jGraph(suite.url, graphiti('neo4j', label, type)),
    query: (_group, text) => suite.query(text),
  });
});

describeOnFalkordb('audit-invalidations', (suite) => {
  const [damaged, loaded] = [suite.graph('damaged'), suite.graph('loaded')];
  suiteOf({
    ...{ damaged, loaded, label: 'Person', type: suite.graph('RELATES_TO') },
    instant: (text) => `'${text}'`,
    open: () => openFalkorGraph(suite.url, graphiti('falkordb', 'Person', suite.graph('RELATES_TO'))),
    query: (group, text) => suite.query(group, text),
  });
});

/** The preset, with a label and a type of the suite's own: other suites write to the same server. */
function graphiti(place: 'neo4j' | 'falkordb', label: string, type: string): CypherMapping {
  const { entities, relations } = graphPresets.graphiti(place);
  const own = { entities: { ...entities, label }, relations: { ...relations, type } };
  const mapping = toGraphMapping('memory', { in: place, preset: 'graphiti', ...own });
  if (mapping.place.in === 'postgres') throw new Error('the preset is of a graph database');
  return { ...mapping, place: mapping.place };
}

const stamp = '2026-02-01T10:00:00.123456Z';
const later = '2026-02-01T10:00:00.654321Z';
const parameters = Object.fromEntries(
  Object.entries(auditInvalidations.parameters).map(([name, { default: value }]) => [name, value]),
);
const terms = { cutoff, parameters, respectHolds: true };

function suiteOf({ damaged, loaded, label, type, instant, open, query }: Home): void {
  describeOnDatabase('native', 'facts of Graphiti', (database) => {
    const tools = graphTools(createGraphComputer({ threads: 1 }));
    let store: GraphStore;

    beforeAll(async () => {
      store = await open();
    });
    beforeEach(async () => {
      for (const table of ['graph_groups', 'ledger_graph', 'run_partitions', 'partition_locks', 'holds']) {
        await sql`delete from coppice.${sql.ref(table)}`.execute(database.db);
      }
      for (const group of [damaged, loaded]) {
        await query(group, `MATCH (n:${label}) WHERE n.group_id = '${group}' DETACH DELETE n`);
        await query(group, 'MATCH (n:CoppiceFence) DELETE n');
      }
      // Twelve facts of different days that one statement retired, the fact that was taken for their replacement, and one
      // that really was replaced.
      await write(damaged, `'2026-01-' + CASE WHEN n < 10 THEN '0' ELSE '' END + toString(n) + 'T08:00:00Z'`, later);
      await query(
        damaged,
        `MATCH (a:${label} {uuid: '${damaged}-p1'}), (b:${label} {uuid: '${damaged}-p3'}), (c:${label} {uuid: '${damaged}-p2'})
         CREATE (a)-[:${type} {${fact(damaged, 'cause', 'VISITS', { created: stamp, valid: stamp })}}]->(b)
         CREATE (a)-[:${type} {${fact(damaged, 'newer', 'KNOWS', { created: stamp, valid: stamp })}}]->(c)`,
      );
      await write(loaded, `'${stamp}'`, stamp);
    });
    afterAll(async () => {
      await store?.close();
      await tools.computer.close();
      await tools.finder.close();
    });

    /** Persons p1 to p13, and facts f1 to f12 of which each joins a person to the next. */
    async function write(group: string, created: string, expired: string): Promise<void> {
      const at = (expression: string) => instant('@').replace("'@'", expression);
      await query(
        group,
        `UNWIND range(1, 13) AS n CREATE (p:${label}:Entity {uuid: '${group}-p' + toString(n), group_id: '${group}',
           name: 'person ' + toString(n), created_at: ${instant(stamp)}})`,
      );
      await query(
        group,
        `UNWIND range(1, 12) AS n
         MATCH (a:${label} {uuid: '${group}-p' + toString(n)}), (b:${label} {uuid: '${group}-p' + toString(n + 1)})
         CREATE (a)-[:${type} {uuid: '${group}-f' + toString(n), group_id: '${group}', name: 'KNOWS',
           fact: 'person ' + toString(n) + ' knows the next', created_at: ${at(created)}, valid_at: ${at(created)},
           invalid_at: ${instant(stamp)}, expired_at: ${instant(expired)}}]->(b)`,
      );
    }

    function fact(group: string, id: string, name: string, { created, valid }: { created: string; valid: string }) {
      return `uuid: '${group}-${id}', group_id: '${group}', name: '${name}', fact: '${id}',
        created_at: ${instant(created)}, valid_at: ${instant(valid)}`;
    }

    /** Facts with all that they hold, in a form that compares. */
    const facts = async (group: string) => {
      const rows = await query(
        group,
        `MATCH ()-[r:${type} {group_id: '${group}'}]->() RETURN r.uuid AS id, r.fact AS fact,
           toString(r.invalid_at) AS invalid, toString(r.expired_at) AS expired ORDER BY id`,
      );
      return rows.map((row) => JSON.stringify(Object.values(row as object)).replaceAll(`${group}-`, ''));
    };
    const retired = async () => (await facts(damaged)).filter((row) => !row.endsWith('null,null]')).length;
    const change = (id: string, set: string) =>
      query(damaged, `MATCH ()-[r:${type} {uuid: '${damaged}-${id}'}]->() SET ${set}`);
    const run = (own: object = {}) => surveyed(database.db, store, tools, { ...terms, ...own }, 'audit-invalidations');

    it('previews the facts with evidence, and leaves out those that were replaced or loaded as history', async () => {
      const { facts: shown = [], rows } = await run();
      expect(rows.map(({ partition, rows: all, due }) => [partition, all, due])).toEqual([[damaged, 14, 11]]);
      expect(shown.map(({ id }) => id)).not.toContain(`${damaged}-f1`);
      expect(shown.find(({ id }) => id === `${damaged}-f4`)).toMatchObject({
        ...{ group: damaged, text: 'person 4 knows the next', relation: 'KNOWS', sign: 'mass_stamp' },
        ...{ source: `${damaged}-p4`, target: `${damaged}-p5` },
        evidence: { sharing_stamp: 12, replacement: { id: `${damaged}-cause`, text: 'cause' } },
      });
    });

    it('restores facts that are as they were surveyed, and an undo gives the dates back exactly, on hold', async () => {
      const [before, history] = [await facts(damaged), await facts(loaded)];
      const sweep = await run();
      await change('f2', "r.fact = 'rewritten'");
      await change('f3', `r.expired_at = ${instant('2026-02-02T00:00:00.5Z')}`);
      await sweep.apart(4);
      expect(await sweep.totals()).toEqual({ restored_facts: 9, no_longer_due: 2 });
      expect(await retired()).toBe(3);
      await change('f4', `r.invalid_at = ${instant('2026-02-03T00:00:00.5Z')}`);
      expect(await sweep.undo()).toEqual({ retired_facts: 8, refused: 1 });
      const after = await facts(damaged);
      const changed = /^\["f[234]"/;
      expect(after.filter((row) => !changed.test(row))).toEqual(before.filter((row) => !changed.test(row)));
      expect(await facts(loaded)).toEqual(history);
      // Held facts still count as sharing the stamp; the three that were changed are judged anew.
      const again = await run();
      expect(again.facts?.map(({ id }) => id.replace(`${damaged}-`, ''))).toEqual(['f2', 'f3']);
    });

    it('restores only facts of the signs that were asked for, and leaves out groups with more facts than allowed', async () => {
      expect((await run({ parameters: { ...parameters, signs: 'other_relation' } })).rows).toEqual([]);
      expect((await run({ parameters: { ...parameters, max_facts: 13 } })).rows).toEqual([]);
    });

    it('finishes what a worker had written when it was lost, and counts it once', async () => {
      const { validity } = store;
      if (validity === null) throw new Error('the preset names when facts were retired');
      let isLost = false;
      const lost: GraphStore = {
        ...store,
        validity: {
          ...validity,
          write: async (...call) => {
            const written = await validity.write(...call);
            if (isLost) return written;
            isLost = true;
            throw new Error('lost');
          },
        },
      };
      const sweep = await surveyed(database.db, lost, tools, terms, 'audit-invalidations');
      await expect(sweep.apart(4)).rejects.toThrow('lost');
      expect(await retired()).toBe(8);
      await sweep.apart(4);
      expect(await sweep.totals()).toEqual({ restored_facts: 11 });
      expect(await retired()).toBe(1);
      expect(await sweep.undo()).toEqual({ retired_facts: 11, refused: 0 });
    });

    it('writes nothing once a successor has taken the group over', async () => {
      const { validity } = store;
      const [change = null] = (await validity?.fetch(damaged, [`${damaged}-f5`])) ?? [];
      if (validity === null || change === null) throw new Error('the fact exists');
      await validity.write({ group: damaged, epoch: 9 }, []);
      await expect(validity.write({ group: damaged, epoch: 8 }, [change])).rejects.toThrow('taken over');
      expect(await retired()).toBe(12);
    });
  });
}
