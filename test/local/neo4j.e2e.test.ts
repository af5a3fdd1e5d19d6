import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { startNeo4j } from '../../tools/servers/neo4j.ts';
import { connectNeo4j, describeOnNeo4j } from '../support/neo4j.ts';
import { restartable } from '../support/restartable.ts';
import { serverUrl } from '../support/servers.ts';
import { temporaryFolder } from './support.ts';

describeOnNeo4j('Neo4j with Graph Data Science', (suite) => {
  test('answers with the versions that are pinned', async () => {
    expect(await suite.query('RETURN gds.version() AS gds')).toEqual([{ gds: '2.13.9' }]);
    const components = await suite.query('CALL dbms.components() YIELD name, versions, edition');
    expect(components).toContainEqual({ name: 'Neo4j Kernel', versions: ['5.26.30'], edition: 'community' });
  });

  test('projects a graph and finds communities in it with a fixed seed', async () => {
    const label = suite.label('Entity');
    await suite.query(`UNWIND [[1, 2], [2, 3], [3, 1], [4, 5], [5, 6], [6, 4], [3, 4]] AS pair
      MERGE (a:${label} {id: pair[0]}) MERGE (b:${label} {id: pair[1]}) CREATE (a)-[:RELATED]->(b)`);
    const graph = suite.group('triangles');
    onTestFinished(async () => void (await suite.query('CALL gds.graph.drop($graph)', { graph })));
    await suite.query(
      `MATCH (a:${label})-[:RELATED]->(b) WITH gds.graph.project($graph, a, b, {}, {undirectedRelationshipTypes: ['*']}) AS g
       RETURN g.nodeCount AS nodes`,
      { graph },
    );
    const rows = await suite.query(
      `CALL gds.leiden.stream($graph, {randomSeed: 7, concurrency: 1}) YIELD nodeId, communityId
       RETURN communityId AS community, collect(gds.util.asNode(nodeId).id) AS members`,
      { graph },
    );
    const members = rows.map((row) => (row.members as number[]).toSorted());
    expect(members.toSorted()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('refuses another password', async () => {
    const url = new URL(suite.url);
    url.password = 'another';
    const driver = connectNeo4j(url.href);
    onTestFinished(() => driver.close());
    await expect(driver.executeQuery('RETURN 1')).rejects.toThrow('unauthorized');
  });
});

test.skipIf((await serverUrl('neo4j')) === null)(
  'Neo4j: what was committed outlives a kill, at the same address',
  async () => {
    const [dir, port] = [temporaryFolder(), await freePort()];
    const started: { stop(): Promise<void> }[] = [];
    onTestFinished(async () => void (await Promise.all(started.map((server) => server.stop()))));
    const server = await restartable(() => startNeo4j({ dir, port, fast: true, log: () => {} }), started);
    const driver = connectNeo4j(server.first.url);
    onTestFinished(() => driver.close());
    await driver.executeQuery('CREATE (:Kept {n: 1})');
    await server.kill();
    await expect(driver.executeQuery('RETURN 1')).rejects.toThrow();
    await server.start();
    const { records } = await driver.executeQuery('MATCH (k:Kept) RETURN k.n AS n');
    expect(records.map((record) => record.toObject())).toEqual([{ n: 1 }]);
  },
);
