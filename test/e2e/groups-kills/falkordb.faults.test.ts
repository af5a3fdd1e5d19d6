import { freePort } from '../../../src/local/free-port.ts';
import { startFalkordb } from '../../../tools/servers/falkordb.ts';
import { startByteProxy } from '../../support/byte-proxy.ts';
import { falkordbHome } from '../../support/graph-home.ts';
import { restartable } from '../../support/restartable.ts';
import { cypher, raising, type Stoppable, type Store, suiteOfKills } from './suite.ts';

async function open(dir: string, started: Stoppable[]): Promise<Store> {
  const port = await freePort();
  const server = await restartable(() => startFalkordb({ dir, port, durable: true, log: () => {} }), started);
  const proxy = await startByteProxy({ host: '127.0.0.1', port });
  return { home: falkordbHome(server.first.url, proxy.port), proxy, server };
}

suiteOfKills('FalkorDB', ['postgres', 'temporal', 'falkordb'], open, cypher, [
  ['the fence of a removal', raising],
  ['a removal', cypher.removing],
  ['a page of results', cypher.writingBack],
]);
