import { massRetired } from '../../../domain/facts/invalidations.ts';
import { type GraphitiCensus, graphitiCensus, graphitiNames } from '../../../stores/cypher/graphiti-census.ts';
import type { CypherSession } from '../../../stores/cypher/session.ts';
import { OperationError } from '../../errors.ts';
import { withoutSecrets } from '../init/address.ts';
import type { CheckedCollection, CheckJson, NotMeasured } from './check-json.ts';
import type { CheckFinding } from './findings.ts';
import { checkPlainGraph } from './plain-graph.ts';
import { factsRetiredTogether, mostJudged } from './retired-together.ts';

export const graphProtocols = /^(neo4j|bolt)(\+s|\+ssc)?:|^(redis|rediss|falkor|falkors):/;

/** Reports the state of graphs in Neo4j or FalkorDB: of Graphiti's by its schema, of others by label. All queries are read-only. */
export async function checkGraphs(
  address: string,
  maxSeconds: number,
  onProgress: (line: string) => void,
): Promise<CheckJson> {
  if (!URL.canParse(address)) {
    throw new OperationError(
      'usage',
      'DatabaseAddressError',
      'the address of the graph is not a URL',
      'It has to be bolt://USER:PASSWORD@HOST:PORT or redis://:PASSWORD@HOST:PORT.',
    );
  }
  const startedAt = Date.now();
  const endsAt = performance.now() + maxSeconds * 1_000;
  const signal = AbortSignal.timeout(Math.max(1, maxSeconds) * 1_000);
  const session = await openSession(new URL(address), Math.max(1, maxSeconds) * 1_000);
  const collections: CheckedCollection[] = [];
  const missing: NotMeasured[] = [];
  try {
    for (const graph of await graphsOf(session, address)) {
      const name = graph ?? 'neo4j';
      onProgress(name);
      if (performance.now() >= endsAt) {
        missing.push({ collection: name, measure: 'census', reason: 'no time was left: raise --max-seconds' });
        continue;
      }
      try {
        const census = await graphitiCensus(session, graph);
        if (census !== null) {
          const retired = await factsRetiredTogether(session, graph, signal);
          collections.push(...describe(name, census, retired.facts));
          if (retired.leftOut > 0) missing.push(tooLarge(name, retired.leftOut));
        }
        const known = census === null ? [] : graphitiNames;
        const plain = await checkPlainGraph({ session, graph, called: name, known, now: startedAt, signal });
        collections.push(...plain.collections);
        missing.push(...plain.missing);
      } catch (error) {
        missing.push({
          collection: name,
          measure: 'census',
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  } finally {
    await session.close();
  }
  return {
    ...{ database: withoutSecrets(address), checked_at: new Date(startedAt).toISOString() },
    ...{ duration_ms: Date.now() - startedAt, collections, not_measured: missing, other_tables: 0 },
  };
}

async function openSession(url: URL, timeoutMs: number): Promise<CypherSession> {
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const graph = url.pathname.replace(/^\//, '');
  url.username = '';
  url.password = '';
  if (/^(neo4j|bolt)/.test(url.protocol)) {
    url.pathname = '';
    const { openNeo4j } = await import('../../../stores/neo4j/session.ts');
    return openNeo4j({ url: url.href, user: user || 'neo4j', password, timeoutMs }, graph || 'neo4j');
  }
  url.protocol = /s:$/.test(url.protocol) && url.protocol !== 'redis:' ? 'rediss:' : 'redis:';
  const { openFalkorSession } = await import('../../../stores/falkordb/session.ts');
  return openFalkorSession({ url: url.href, password: password || null, timeoutMs }, graph);
}

/** Every graph of FalkorDB, and the one database of Neo4j. */
async function graphsOf(session: CypherSession, address: string): Promise<readonly (string | null)[]> {
  try {
    if (/^(neo4j|bolt)/.test(address)) {
      await session.read(null, 'RETURN 1 AS one', {});
      return [null];
    }
    return await session.graphs();
  } catch (error) {
    throw new OperationError(
      'missing',
      'DatabaseUnreadableError',
      `cannot look at ${withoutSecrets(address)}: ${error instanceof Error ? error.message : String(error)}`,
      'Check the address, the user and the password. A user that may read is enough.',
    );
  }
}

function tooLarge(collection: string, groups: number): NotMeasured {
  const reason = `${groups} groups have more than ${mostJudged} facts: coppice preview audit-invalidations looks at them`;
  return { collection, measure: 'retired_together', reason };
}

function describe(graph: string, census: GraphitiCensus, retiredTogether: number): CheckedCollection[] {
  const { entities, groups, facts } = census;
  const finding = (kind: CheckFinding['kind'], count: number, of: number, what: string, remedy: string | null) => {
    return { kind, count, of, error: 0, bytes: null, what, remedy };
  };
  const ofEntities = [
    finding(
      'exact_duplicates',
      census.equalNames,
      entities,
      'entities repeat the name of another one of their group',
      'deduplicate-facts merges those that are one thing, and a person reviews the others',
    ),
    finding(
      'orphans',
      census.orphans,
      entities,
      'entities have no relation and no mention',
      'group-maintenance removes them, and `coppice undo` restores them',
    ),
    finding('rows_without_vectors', census.entitiesWithoutVector, entities, 'entities have no vector', null),
  ];
  const ofFacts = [
    finding('rows_without_vectors', census.factsWithoutVector, facts, 'facts have no vector', null),
    finding(
      'retired_together',
      retiredTogether,
      facts,
      `facts were retired at one microsecond with at least ${massRetired - 1} others of their group, and nothing replaced them`,
      'audit-invalidations restores those that a person approves',
    ),
  ];
  const shared = { shape: 'graphiti', bytes: null, weeks: null };
  const wrong = (all: readonly CheckFinding[]) => all.filter(({ count }) => count > 0);
  return [
    {
      ...{ ...shared, name: `${graph}: entities`, table: 'Entity', rows: entities, findings: wrong(ofEntities) },
      about: `entities of Graphiti in ${groups} groups`,
    },
    {
      ...{ ...shared, name: `${graph}: facts`, table: 'RELATES_TO', rows: facts, findings: wrong(ofFacts) },
      about: `facts of Graphiti, of which ${census.retired} are retired`,
    },
  ];
}
