import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import neo4j, { type Driver } from 'neo4j-driver';
import { stringify } from 'yaml';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { type Neo4jServer, startNeo4j } from '../tools/servers/neo4j.ts';
import { edgesANode } from './compare-recompute.ts';
import { communityGraph } from './graph-kernels.ts';
import { inGraphDatabase, preparedFile } from './group-database.ts';
import type { BenchOptions } from './options.ts';
import { allSteps, fillLargeGroup, holdLargeGroup, largeGroup, openRecomputer, type Steps } from './recompute-steps.ts';
import { type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, ratios } from './statistics.ts';

/** Graph Data Science keeps projections there. */
const heapMb = 3072;
const rowsAtOnce = 10_000;
const ranks = { damping: 0.85, max_rank_iterations: 100, tolerance: 1e-10 };

/**
 * One graph, in tables and in Neo4j: computed in the worker out of either and back into it, and by Graph Data Science on
 * the spot.
 */
export async function compareGds(servers: Servers, { rows: edges, rounds }: BenchOptions): Promise<Section> {
  const nodes = edges / edgesANode;
  const server = await startNeo4j({ dir: join(servers.folder, 'neo4j'), heapMb, log });
  const driver = neo4j.driver(server.boltUrl, neo4j.auth.basic(server.user, server.password));
  try {
    return await inGraphDatabase(servers, async (url, client) => {
      const file = configuration(servers, server);
      const ends = communityGraph(nodes, edges);
      await load(driver, url, file, nodes, ends);
      await fillLargeGroup(client, nodes, ends);
      const tables = await openRecomputer(url, preparedFile(servers), await holdLargeGroup(client));
      const recomputer = await openRecomputer(url, file, 1);
      const [ours, ofTables, theirs]: [Steps[], Steps[], Gds[]] = [[], [], []];
      // The first round warms both sides: caches, compiled code.
      for (let round = 0; round <= rounds; round++) {
        const gds = await byGds(driver, round);
        const own = await recomputer.run({ ...ranks, seed: round });
        const inTables = await tables.run({ ...ranks, seed: round });
        log(`round ${round}: ${JSON.stringify({ own, inTables, gds })}`);
        if (round === 0) continue;
        ofTables.push(inTables);
        ours.push(own);
        theirs.push(gds);
      }
      await recomputer.close();
      await tables.close();
      const seconds = (all: readonly number[]) => (median(all) / 1000).toFixed(2);
      const row = (name: string, steps: readonly Steps[]) => {
        const shares = ratios(
          steps.map(allSteps),
          theirs.map((one) => one.ms),
        );
        const parts = (['read', 'compute', 'write'] as const).map((step) => seconds(steps.map((one) => one[step])));
        return [
          ...[name, ...parts, seconds(steps.map(allSteps)), median(steps.map((one) => one.modularity)).toFixed(4)],
          `${median(shares).toFixed(2)} (worst ${Math.max(...shares).toFixed(2)})`,
        ];
      };
      return {
        versions: `${servers.versions}, ${await versionsOf(driver)}`,
        header: [
          ...['contestant', 'read, s', 'compute, s', 'write back, s', 'all, s', 'modularity, median'],
          'it ÷ Graph Data Science, median and worst of rounds',
        ],
        rows: [
          [
            ...['Graph Data Science in Neo4j: projected, computed, written', '', '', ''],
            ...[seconds(theirs.map((one) => one.ms)), median(theirs.map((one) => one.modularity)).toFixed(4), ''],
          ],
          row('Coppice in the worker, tables of PostgreSQL', ofTables),
          row('Coppice in the worker, over Bolt out of Neo4j', ours),
        ],
        facts: [
          ['entities, relations', `${whole(nodes)}, ${whole(edges)}`],
          ['threads of either; damping and tolerance of PageRank', '1; 0.85, 1e-10'],
        ],
      };
    });
  } finally {
    await driver.close();
    await server.stop();
  }
}

function configuration({ folder }: Servers, { boltUrl, user, password }: Neo4jServer): string {
  const file = join(folder, 'neo4j.yaml');
  const stores = { neo4j: { url: boltUrl, user, password, timeout_seconds: 300 } };
  writeFileSync(file, stringify({ graphs: { graph: { in: 'neo4j' } }, stores }));
  return file;
}

/** Indexes and constraints are those of the store; the rest is written past it, which is sooner done. */
async function load(driver: Driver, url: string, file: string, nodes: number, ends: Int32Array): Promise<void> {
  log(`a group of ${nodes} entities and ${ends.length / 2} relations is made in Neo4j`);
  const parts = await assemble(loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: file }), url, 'coppice bench');
  for (const store of parts.graphs) await store.ensure();
  await parts.close();
  const write = async (rows: readonly object[], text: string) => {
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const page = rows.slice(at, at + rowsAtOnce);
      await driver.executeQuery(`UNWIND $page AS row ${text}`, { page, group: largeGroup });
    }
  };
  const entities = Array.from({ length: nodes }, (_, at) => ({ id: `e${at}` }));
  const relations = Array.from({ length: ends.length / 2 }, (_, at) => {
    return { id: `r${at}`, source: `e${ends[at * 2]}`, target: `e${ends[at * 2 + 1]}` };
  });
  await write(entities, 'CREATE (:Entity {group_id: $group, id: row.id})');
  await write(
    relations,
    `MATCH (a:Entity {group_id: $group, id: row.source}), (b:Entity {group_id: $group, id: row.target})
      CREATE (a)-[:RELATES_TO {group_id: $group, id: row.id, weight: 1.0}]->(b)`,
  );
}

interface Gds {
  readonly ms: number;
  readonly modularity: number;
}

/** As its manual says to: a native projection, results written as properties. */
async function byGds(driver: Driver, seed: number): Promise<Gds> {
  const settings = 'concurrency: 1, relationshipWeightProperty: "weight"';
  const startedAt = performance.now();
  await driver.executeQuery(`CALL gds.graph.project('bench', 'Entity',
    {RELATES_TO: {orientation: 'UNDIRECTED', properties: {weight: {defaultValue: 1.0}}}})`);
  const { records } = await driver.executeQuery(
    `CALL gds.leiden.write('bench', {writeProperty: 'bench_community', randomSeed: $seed, ${settings}}) YIELD modularity
      RETURN modularity`,
    { seed: neo4j.int(seed) },
  );
  await driver.executeQuery(`CALL gds.pageRank.write('bench', {writeProperty: 'bench_centrality', dampingFactor: 0.85,
    maxIterations: 100, tolerance: 1e-10, ${settings}}) YIELD ranIterations RETURN ranIterations`);
  await driver.executeQuery("CALL gds.graph.drop('bench') YIELD graphName RETURN graphName");
  return { ms: performance.now() - startedAt, modularity: Number(records[0]?.get('modularity')) };
}

async function versionsOf(driver: Driver): Promise<string> {
  const { records } = await driver.executeQuery(
    "CALL dbms.components() YIELD versions RETURN versions[0] + ', Graph Data Science ' + gds.version() AS versions",
  );
  return `Neo4j ${records[0]?.get('versions')}`;
}
