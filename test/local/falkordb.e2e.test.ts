import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { startFalkordb } from '../../tools/servers/falkordb.ts';
import { connectFalkordb, describeOnFalkordb, queryFalkordb } from '../support/falkordb.ts';
import { restartable } from '../support/restartable.ts';
import { serverUrl } from '../support/servers.ts';
import { temporaryFolder } from './support.ts';

describeOnFalkordb('FalkorDB', (suite) => {
  test('answers queries on graphs that do not meet', async () => {
    const [one, two] = [suite.graph('one'), suite.graph('two')];
    await suite.query(one, 'CREATE (:Entity {id: 1})-[:RELATED {weight: 2.5}]->(:Entity {id: 2})');
    await suite.query(two, 'CREATE (:Entity {id: 3})');
    const related = 'MATCH (a)-[r:RELATED]->(b) RETURN a.id, r.weight, b.id';
    expect(await suite.query(one, related)).toEqual([[1, '2.5', 2]]);
    expect(await suite.query(two, related)).toEqual([]);
  });

  test('refuses another password', async () => {
    const url = new URL(suite.url);
    url.password = 'another';
    await expect(connectFalkordb(url.href).connect()).rejects.toThrow('WRONGPASS');
  });
});

test.skipIf((await serverUrl('falkordb')) === null)(
  'FalkorDB, durable: what was answered outlives a kill',
  async () => {
    const [dir, port] = [temporaryFolder(), await freePort()];
    const started: { stop(): Promise<void> }[] = [];
    onTestFinished(async () => void (await Promise.all(started.map((server) => server.stop()))));
    const server = await restartable(() => startFalkordb({ dir, port, durable: true, log: () => {} }), started);
    const client = connectFalkordb(server.first.url);
    onTestFinished(() => client.destroy());
    await client.connect();
    await queryFalkordb(client, 'kept', 'CREATE (:Kept {n: 1})-[:TO]->(:Kept {n: 2})');
    await server.kill();
    await server.start();
    expect(await queryFalkordb(client, 'kept', 'MATCH (a)-[:TO]->(b) RETURN a.n, b.n')).toEqual([[1, 2]]);
    expect(statSync(join(dir, 'redis.conf')).mode & 0o077).toBe(0);
  },
);
