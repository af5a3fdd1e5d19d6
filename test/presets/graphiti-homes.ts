import { toGraphMapping } from '../../src/config/graphs.ts';
import type { GraphMapping } from '../../src/domain/graph-mapping.ts';
import type { CypherMapping } from '../../src/stores/cypher/names.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { openFalkorGraph } from '../stores/graph/falkordb-place.ts';
import { openNeo4jGraph } from '../stores/graph/neo4j-place.ts';
import { describeOnFalkordb } from '../support/falkordb.ts';
import { describeOnNeo4j } from '../support/neo4j.ts';
import { withPython } from '../support/python.ts';

/** Where the library keeps a group, and how its graph is reached past the library. */
export interface GraphitiHome {
  readonly group: string;
  /** The id of that group in Coppice. */
  readonly id: string;
  readonly label: string;
  readonly mapping: CypherMapping;
  /** The same with a property that `archive-facts` sets. */
  readonly marked: CypherMapping;
  open(mapping: CypherMapping): Promise<GraphStore>;
  /** As the library connects. */
  connection(): object;
  query(text: string): Promise<readonly unknown[]>;
}

/**
 * Declares a suite on each store that the library works with.
 *
 * @param team begins the names of the suite's groups: files run side by side on one server
 */
export async function onGraphiti(
  title: string,
  team: string,
  suiteOf: (python: string, home: GraphitiHome) => void,
): Promise<void> {
  await withPython(title, (python) => {
    describeOnNeo4j(title, (suite) => {
      const label = suite.label('Person');
      // The label Entity belongs to all suites. The library gives its entities additional ones.
      const entities = {
        ...{ label, id: 'uuid', created_at: 'created_at', attached: ['HAS_MEMBER'] },
        ...{ name: 'name', type: { labels: true as const }, description: 'summary', vector: 'name_embedding' },
      };
      suiteOf(python, {
        group: suite.label(team),
        id: suite.label(team),
        label,
        mapping: cypher(toGraphMapping(suite.label('memory'), { in: 'neo4j', preset: 'graphiti', entities })),
        marked: cypher(
          toGraphMapping(suite.label('marked'), {
            ...{ in: 'neo4j', preset: 'graphiti', entities },
            relations: { archived_at: 'archived_at' },
          }),
        ),
        open: (mapping) => openNeo4jGraph(suite.url, mapping),
        connection: () => {
          const { username: user, password, host } = new URL(suite.url);
          return { in: 'neo4j', uri: `bolt://${host}`, user, password };
        },
        query: suite.query,
      });
    });

    describeOnFalkordb(title, (suite) => {
      const prefix = `${team}_`;
      const group = suite.graph(team);
      suiteOf(python, {
        group,
        // Other suites keep graphs of other shapes on the same server.
        id: group.slice(prefix.length),
        label: 'Person',
        mapping: cypher(toGraphMapping('memory', { in: 'falkordb', preset: 'graphiti', graph_prefix: prefix })),
        marked: cypher(
          toGraphMapping('marked', {
            ...{ in: 'falkordb', preset: 'graphiti', graph_prefix: prefix },
            relations: { archived_at: 'archived_at' },
          }),
        ),
        open: (mapping) => openFalkorGraph(suite.url, mapping),
        connection: () => {
          const { hostname: host, port, password } = new URL(suite.url);
          return { in: 'falkordb', host, port: Number(port), password: decodeURIComponent(password), database: group };
        },
        query: (text) => suite.query(group, text),
      });
    });
  });
}

function cypher(mapping: GraphMapping): CypherMapping {
  if (mapping.place.in === 'postgres') throw new Error('the preset is of a graph database');
  return { ...mapping, place: mapping.place };
}
