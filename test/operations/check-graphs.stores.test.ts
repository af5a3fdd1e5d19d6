import { expect, it } from 'vitest';
import { check } from '../../src/operations/setup/check.ts';
import { describeOnFalkordb } from '../support/falkordb.ts';
import { describeOnNeo4j } from '../support/neo4j.ts';

/** As Graphiti writes it: three of one name, one without any relation, and twelve facts of which ten share a stamp. */
const planted = (group: string, vector: string) => `
  UNWIND range(1, 8) AS n
  CREATE (e:Entity {uuid: '${group}-' + toString(n), group_id: '${group}', name: CASE WHEN n < 4 THEN 'Anna Berg' ELSE 'name ' + toString(n) END,
    name_embedding: ${vector}})
  WITH collect(e) AS all
  UNWIND range(1, 12) AS n
  WITH all[0] AS one, all[n % 6 + 1] AS other, n
  CREATE (one)-[:RELATES_TO {uuid: '${group}-f' + toString(n), group_id: '${group}', fact: 'fact',
    expired_at: CASE WHEN n <= 10 THEN '2026-03-01T10:00:00.123456Z' ELSE null END}]->(other)`;

describeOnFalkordb('check of a graph that Graphiti has written', (suite) => {
  it('counts what was planted, graph by graph, and names the job for each', async () => {
    const name = suite.graph('check');
    await suite.query(name, planted('g', 'vecf32([1.0, 2.0])'));
    await suite.query(suite.graph('empty'), 'CREATE (:Other)');
    const report = await check({ databaseUrl: suite.url, maxSeconds: 60 });
    const own = report.collections.filter((one) => one.name.startsWith(name));
    const found = own.map(({ rows, findings }) => [rows, findings.map(({ kind, count }) => [kind, count])]);
    expect(found).toEqual([
      [
        8,
        [
          ['exact_duplicates', 2],
          ['orphans', 1],
        ],
      ],
      [
        12,
        [
          ['rows_without_vectors', 12],
          ['retired_together', 10],
        ],
      ],
    ]);
    expect(report.collections.some((one) => one.name.startsWith(suite.graph('empty')))).toBe(false);
    expect(own[0]?.findings[0]?.remedy).toContain('deduplicate-facts');
  });

  it('a server that does not answer is named, without its password', async () => {
    const lost = check({ databaseUrl: 'redis://:secret@127.0.0.1:1', maxSeconds: 5 });
    await expect(lost).rejects.toThrow(/^cannot look at redis:\/\/:\.\.\.@127\.0\.0\.1:1/);
  });
});

describeOnNeo4j('check of a graph that Graphiti has written', (suite) => {
  it('understands the same queries', async () => {
    const group = suite.group('check');
    await suite.query(planted(group, '[1.0, 2.0]'));
    const report = await check({ databaseUrl: suite.url, maxSeconds: 60 });
    await suite.query(`MATCH (e:Entity {group_id: '${group}'}) DETACH DELETE e`);
    // Other suites write such nodes to the same database at the same time.
    expect(report.not_measured).toEqual([]);
    const [entities, facts] = report.collections;
    expect(entities?.rows).toBeGreaterThanOrEqual(8);
    expect(entities?.findings.find(({ kind }) => kind === 'exact_duplicates')?.count).toBeGreaterThanOrEqual(2);
    expect(facts?.findings.find(({ kind }) => kind === 'retired_together')?.count).toBeGreaterThanOrEqual(10);
  });
});
