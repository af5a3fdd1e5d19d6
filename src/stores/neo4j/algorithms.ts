import { randomBytes } from 'node:crypto';
import { StoreError } from '../../domain/store-errors.ts';
import { type CypherMapping, quoted } from '../cypher/names.ts';
import { placeOf } from '../cypher/places.ts';
import { groupText, property } from '../cypher/text.ts';
import type { Row } from '../cypher/value.ts';
import type { AlgorithmRequest, EntityResult, GraphAlgorithms } from '../ports/graph-compute.ts';
import type { Neo4jSession } from './session.ts';

/** Number of nodes that are written back in one transaction of Neo4j. */
const pageSize = 5_000;
const prefix = 'coppice_';

/**
 * Graph Data Science: one group's live relations in a projection of its own, which nothing but memory holds. Results are
 * read out of it and written by the worker under the fence, as those of every other store are.
 */
export function graphDataScience(session: Neo4jSession, mapping: CypherMapping): GraphAlgorithms {
  return {
    run: (group, request, signal) => run(session, mapping, group, request, signal),
    sweep: (isOpen, signal) => sweep(session, isOpen, signal),
  };
}

async function* run(
  session: Neo4jSession,
  mapping: CypherMapping,
  group: string,
  request: AlgorithmRequest,
  signal?: AbortSignal,
): AsyncGenerator<readonly EntityResult[]> {
  if (request.algorithm === 'louvain' && request.resolution !== 1) {
    throw new StoreError(
      'StoreRefusedError',
      'Louvain of Graph Data Science has no resolution: use leiden, or a resolution of 1',
    );
  }
  const { stored } = placeOf(mapping, group);
  const name = `${prefix}${request.runId}_${randomBytes(4).toString('hex')}`;
  const call = (text: string, parameters = {}) => session.compute(text, { name, ...parameters }, signal);
  try {
    const projected = await call(projectText(mapping), {
      groups: [stored],
      seeds: seedsOf(request),
      free: freeSeed(request),
    });
    const { nodes = null, edges } = projected[0] ?? {};
    if (nodes === null) return;
    const found = edges === 0n ? await call(aloneText) : await communities(call, request);
    await call(
      `CALL gds.pageRank.mutate($name, {mutateProperty: 'centrality', relationshipWeightProperty: 'weight',
        dampingFactor: $damping, maxIterations: $iterations, tolerance: $tolerance}) YIELD ranIterations RETURN ranIterations`,
      { damping: request.damping, iterations: BigInt(request.maxRankIterations), tolerance: request.tolerance },
    );
    yield* results(session, mapping, name, found.length === 0 ? 'seed' : 'community', signal);
  } finally {
    // After an abort too, so without its signal.
    await session.compute(dropText, { name });
  }
}

/** Undirected, since Leiden knows no direction. Every entity of the group is in it, with relations or without. */
function projectText(mapping: CypherMapping): string {
  const { entities, relations } = mapping.place;
  const groups = groupText(mapping);
  const seed = (alias: string) => `{seed: coalesce($seeds[${property(alias, entities.id)}], id(${alias}) + $free)}`;
  return `MATCH (a:${quoted(entities.label)}) WHERE ${groups.within('a')}
    OPTIONAL MATCH (a)-[r:${quoted(relations.type)}]->(b:${quoted(entities.label)})
      WHERE ${groups.within('r')} AND ${groups.within('b')} AND ${property('r', relations.deprecatedAt?.property)} IS NULL
    WITH gds.graph.project($name, a, b, {
      sourceNodeProperties: ${seed('a')},
      targetNodeProperties: CASE WHEN b IS NULL THEN {} ELSE ${seed('b')} END,
      relationshipProperties: {weight: coalesce(toFloat(${property('r', relations.weight)}), 1.0)}
    }, {undirectedRelationshipTypes: ['*']}) AS projection
    RETURN projection.nodeCount AS nodes, projection.relationshipCount AS edges`;
}

/**
 * None where nothing moves: Leiden of this library then fails, and every entity stays in the community that it began in.
 * Messages leave out quoted text, so the library's own words are matched.
 */
async function communities(
  call: (text: string, parameters: object) => Promise<Row[]>,
  request: AlgorithmRequest,
): Promise<Row[]> {
  try {
    return await call(communityText(request), communityParameters(request));
  } catch (error) {
    if (error instanceof StoreError && /dendrogramManager\(\)" is null/.test(error.storeText ?? '')) return [];
    throw error;
  }
}

/** Without an edge everybody is alone. */
const aloneText =
  "CALL gds.wcc.mutate($name, {mutateProperty: 'community'}) YIELD componentCount RETURN componentCount";

/** One thread, so that the same seed gives the same communities. */
function communityText({ algorithm }: AlgorithmRequest): string {
  const own =
    algorithm === 'leiden'
      ? 'randomSeed: $seed, gamma: $resolution, maxLevels: $iterations'
      : 'maxIterations: $iterations';
  return `CALL gds.${algorithm}.mutate($name, {mutateProperty: 'community', relationshipWeightProperty: 'weight',
    seedProperty: 'seed', concurrency: 1, ${own}}) YIELD communityCount RETURN communityCount`;
}

function communityParameters({ algorithm, seed, resolution, maxIterations }: AlgorithmRequest) {
  const iterations = BigInt(maxIterations);
  return algorithm === 'leiden' ? { iterations, seed: BigInt(seed), resolution } : { iterations };
}

function seedsOf({ seeds }: AlgorithmRequest): { readonly [entity: string]: bigint } {
  return Object.fromEntries([...seeds].map(([entity, community]) => [entity, BigInt(community)]));
}

/** A node without a seed begins alone, with a number beyond all seeds. */
function freeSeed({ seeds }: AlgorithmRequest): bigint {
  let free = 0;
  for (const community of seeds.values()) free = Math.max(free, community + 1);
  return BigInt(free);
}

/** The two numbers of a node come one after the other. */
async function* results(
  session: Neo4jSession,
  mapping: CypherMapping,
  name: string,
  communityIn: 'community' | 'seed',
  signal?: AbortSignal,
): AsyncGenerator<readonly EntityResult[]> {
  const text = `CALL gds.graph.nodeProperties.stream($name, ['${communityIn}', 'centrality'])
    YIELD nodeId, nodeProperty, propertyValue
    RETURN ${property('gds.util.asNode(nodeId)', mapping.place.entities.id)} AS id, nodeProperty AS name, propertyValue AS value`;
  const half = new Map<string, { community?: number; centrality?: number }>();
  let page: EntityResult[] = [];
  for (const { id, name: which, value } of await session.compute(text, { name }, signal)) {
    if (typeof id !== 'string') continue;
    const read = which === 'centrality' ? { centrality: Number(value) } : { community: Number(value) };
    const known = { ...half.get(id), ...read };
    const { community, centrality } = known;
    if (community === undefined || centrality === undefined) {
      half.set(id, known);
      continue;
    }
    half.delete(id);
    page.push({ entity: id, community, centrality });
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const dropText = 'CALL gds.graph.drop($name, false) YIELD graphName RETURN graphName';

/** A `finally` does not survive the end of a process: what an ended run has left is dropped by whoever looks next. */
async function sweep(
  session: Neo4jSession,
  isOpen: (runId: string) => Promise<boolean>,
  signal?: AbortSignal,
): Promise<number> {
  const rows = await session.compute('CALL gds.graph.list() YIELD graphName RETURN graphName AS name', {}, signal);
  let dropped = 0;
  for (const { name } of rows) {
    if (typeof name !== 'string') continue;
    const runId = runOf(name);
    if (runId === null || (await isOpen(runId))) continue;
    await session.compute(dropText, { name }, signal);
    dropped += 1;
  }
  return dropped;
}

/** `null`: the projection is none of ours. */
function runOf(name: string): string | null {
  return /^coppice_(.+)_[0-9a-f]{8}$/.exec(name)?.[1] ?? null;
}
