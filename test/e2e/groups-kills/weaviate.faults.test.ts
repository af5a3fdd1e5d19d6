import { startWeaviate, type WeaviatePorts, type WeaviateServer } from '../../../tools/servers/weaviate.ts';
import { startByteProxy } from '../../support/byte-proxy.ts';
import { tablesHome, withClass } from '../../support/graph-home.ts';
import { restartable } from '../../support/restartable.ts';
import { type Stoppable, type Store, suiteOfKills, weaviate } from './suite.ts';

async function open(dir: string, started: Stoppable[]): Promise<Store> {
  let ports: WeaviatePorts | null = null;
  const server = await restartable(async () => {
    const launched: WeaviateServer = await startWeaviate({
      ...{ dir, log: () => {} },
      ...(ports === null ? {} : { ports }),
    });
    ports = launched.ports;
    return launched;
  }, started);
  const { url, ports: own } = server.first;
  const proxy = await startByteProxy({ host: '127.0.0.1', port: own.http });
  return { home: withClass(tablesHome(), url, proxy.port), proxy, server };
}

suiteOfKills('PostgreSQL, vectors in Weaviate', ['postgres', 'temporal', 'weaviate'], open, weaviate, [
  ['a removal of vectors', weaviate.removing],
]);
