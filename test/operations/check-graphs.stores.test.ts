import { expect, it } from 'vitest';
import type { CheckedCollection } from '../../src/operations/setup/check/check-json.ts';
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

const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

/** An application's own schema: people who know each other, each with a second label, and notes. */
const application = (label: string, type: string) => `
  CREATE (a:Person${label}:Trusted${label} {name: 'Anna', user_id: 'u', expires_at: '${ago(100)}', embedding: [1.0, 2.0]}),
    (b:Person${label}:Trusted${label} {name: 'anna ', user_id: 'u', expires_at: '${ago(10)}', embedding: [1.0, 2.0]}),
    (:Person${label}:Trusted${label} {name: 'Anna', user_id: 'other', expires_at: 'some day', embedding: [1.0, 2.0]}),
    (:Person${label}:Trusted${label} {name: 'Bob', expires_at: '${ago(-5)}'}),
    (n:Note${label} {title: 'note'}),
    (a)-[:KNOWS${type} {since: 1}]->(b), (a)-[:KNOWS${type} {since: 1}]->(b), (a)-[:KNOWS${type} {since: 2}]->(b),
    (n)-[:ABOUT${type}]->(a)`;
const everything =
  'MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN id(n), labels(n), properties(n), id(r), type(r), properties(r)';

const expected = [
  [
    'Person',
    4,
    [
      ['expired', 2],
      ['unreadable_dates', 1],
      ['unscoped', 1],
      ['exact_duplicates', 1],
      ['orphans', 2],
      ['rows_without_vectors', 1],
    ],
  ],
  ['Note', 1, []],
  ['KNOWS', 3, [['exact_duplicates', 1]]],
  ['ABOUT', 1, []],
];

function countsOf(collections: readonly CheckedCollection[], fits: (name: string) => boolean) {
  return collections
    .filter(({ name }) => fits(name))
    .map(({ table, rows, findings }) => [
      table.replace(/_[0-9a-f]{8}$/, ''),
      rows,
      findings.map(({ kind, count }) => [kind, count]),
    ]);
}

describeOnFalkordb('check of a graph that Graphiti has written', (suite) => {
  it('counts what was planted, graph by graph, and names the job for each', async () => {
    const name = suite.graph('check');
    await suite.query(name, planted('g', 'vecf32([1.0, 2.0])'));
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
    expect(own[0]?.findings[0]?.remedy).toContain('deduplicate-facts');
  });

  it('other schemas are counted by label and type, as queries by hand count them, and nothing is written', async () => {
    const name = suite.graph('plain');
    await suite.query(name, application('', ''));
    const before = await suite.query(name, everything);
    const report = await check({ databaseUrl: suite.url, maxSeconds: 60 });
    expect(countsOf(report.collections, (one) => one.startsWith(`${name}: `))).toEqual(expected);
    expect(await suite.query(name, everything)).toEqual(before);
    const person = report.collections.find((one) => one.name === `${name}: Person`);
    expect(person?.findings[0]?.by_age?.map(({ count }) => count)).toEqual([2, 2, 2, 1, 1, 0]);
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

  it('counts the labels and types of another schema', async () => {
    const [suffix = ''] = /_[0-9a-f]{8}$/.exec(suite.label('Person')) ?? [];
    for (const name of ['Trusted', 'Note']) suite.label(name);
    await suite.query(application(suffix, suffix));
    const own = `MATCH (n) WHERE any(one IN labels(n) WHERE one ENDS WITH '${suffix}') WITH n
      OPTIONAL MATCH (n)-[r]->() RETURN elementId(n) AS n, properties(n), elementId(r) AS r, properties(r) ORDER BY n, r`;
    const before = await suite.query(own);
    const report = await check({ databaseUrl: suite.url, maxSeconds: 60 });
    expect(report.not_measured).toEqual([]);
    expect(countsOf(report.collections, (one) => one.endsWith(suffix))).toEqual(expected);
    expect(await suite.query(own)).toEqual(before);
  });
});
