import { freePort } from '../../../src/local/free-port.ts';
import { startNeo4j } from '../../../tools/servers/neo4j.ts';
import { startByteProxy } from '../../support/byte-proxy.ts';
import { neo4jHome } from '../../support/graph-home.ts';
import { restartable } from '../../support/restartable.ts';
import { cypher, raising, type Stoppable, type Store, suiteOfKills } from './suite.ts';

/** Graph Data Science reserves this much before it begins on thousands of entities. */
const heapMb = 3072;

async function open(dir: string, started: Stoppable[]): Promise<Store> {
  const port = await freePort();
  const server = await restartable(() => startNeo4j({ dir, port, fast: true, heapMb, log: () => {} }), started);
  const proxy = await startByteProxy({ host: '127.0.0.1', port });
  return { home: neo4jHome(server.first.url, proxy.port), proxy, server };
}

// A request beyond the fence holds locks for which every successor waits.
suiteOfKills('Neo4j', ['postgres', 'temporal', 'neo4j'], open, cypher, [['the fence of a removal', raising]]);
