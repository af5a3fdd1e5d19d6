import { randomBytes } from 'node:crypto';
import { createClient, ErrorReply } from '@redis/client';
import { afterAll, beforeAll } from 'vitest';
import { describeOn, type Server } from './stores.ts';

export type FalkordbClient = ReturnType<typeof connectFalkordb>;

export interface FalkordbSuite extends Server {
  /** There in hooks and tests only. */
  readonly client: FalkordbClient;
  /** The suite's own graph of that name. */
  graph(name: string): string;
  /** The rows of an answer, each a list of its columns. */
  query(graph: string, cypher: string): Promise<unknown[][]>;
}

/** A suite on the shared FalkorDB, with graphs of its own, which are gone after it. */
export function describeOnFalkordb(title: string, body: (suite: FalkordbSuite) => void): void {
  describeOn('falkordb', title, (server) => {
    const suffix = randomBytes(4).toString('hex');
    let client: FalkordbClient | undefined;
    const suite: FalkordbSuite = {
      url: server.url,
      get client() {
        if (client === undefined) throw new Error('the client is there in hooks and tests only');
        return client;
      },
      graph: (name) => `${name}_${suffix}`,
      query: (graph, cypher) => queryFalkordb(suite.client, graph, cypher),
    };
    beforeAll(async () => {
      client = connectFalkordb(server.url);
      await client.connect();
    });
    afterAll(async () => {
      const graphs = await suite.client.sendCommand<string[]>(['GRAPH.LIST']);
      for (const graph of graphs.filter((name) => name.endsWith(`_${suffix}`))) {
        await suite.client.sendCommand(['GRAPH.DELETE', graph]);
      }
      await client?.close();
    });
    body(suite);
  });
}

/** Not connected yet. It comes back after a restart of the server; by itself the client would also ask for ever with a refused password. */
export function connectFalkordb(url: string) {
  const reconnectStrategy = (attempt: number, cause: Error) => (cause instanceof ErrorReply ? cause : attempt * 50);
  return createClient({ url, socket: { reconnectStrategy } }).on('error', () => {});
}

export async function queryFalkordb(client: FalkordbClient, graph: string, cypher: string): Promise<unknown[][]> {
  const answer = await client.sendCommand<unknown[]>(['GRAPH.QUERY', graph, cypher]);
  // Three parts: names of columns, rows, statistics. A query that returns nothing has statistics alone.
  return answer.length === 3 ? (answer[1] as unknown[][]) : [];
}
