import { createHash } from 'node:crypto';
import { keepCommunityIds } from '../../compute/community-ids.ts';
import { buildCsr } from '../../compute/csr.ts';
import { leiden } from '../../compute/leiden/leiden.ts';
import { modularity } from '../../compute/leiden/modularity.ts';
import { anchoredEdges, mutualEdges, type TopicEdges } from '../../domain/topics/edges.ts';
import { type Background, labelOf, rankPhrases, type SaidPhrases } from '../../domain/topics/rank-phrases.ts';
import { compareTopics, type Topic, type TopicChanges } from '../../domain/topics/topic.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import type { StoredExtraction } from '../../stores/ports/query-table.ts';

/** Whose topics they are. */
export interface TopicScope {
  readonly collection: string;
  readonly scope: 'user' | 'organisation';
  /** The user; empty for the organisation. */
  readonly subject: string;
}

export interface Grouping {
  readonly topics: readonly Topic[];
  /** By question, in their order: the number of its topic; -1 for none. */
  readonly numbers: readonly number[];
  readonly nextNo: number;
  readonly changes: TopicChanges;
}

export interface GroupOptions {
  readonly nextNo: number;
  /** Numbers of the topics that exist. */
  readonly known: readonly number[];
  readonly group: Background | null;
  /** Leaves out phrases that no topic may be named by; all may be, without it. */
  readonly said?: (questions: readonly StoredExtraction[], topics: Int32Array) => readonly SaidPhrases[];
  readonly signal: AbortSignal;
}

const settings = { seed: 7, resolution: 1, maxIterations: 10 };
const neighboursOfEach = 10;
const leastCosine = 0.3;
/** One question alone is no topic. */
const leastQuestions = 2;

/**
 * Groups questions into topics: communities of the graph of mutual nearest neighbours, by the vectors of the questions where
 * most of them have one, else by the words of their phrases. Grouping begins with the topics that the questions have, so
 * that a few new questions move few others, and numbers stay where the questions mostly do. The same questions with the same
 * former topics give the same topics.
 */
export async function groupTopics(
  scope: TopicScope,
  given: readonly StoredExtraction[],
  search: SimilaritySearch,
  { nextNo, known, group, signal, said = (all) => all }: GroupOptions,
): Promise<Grouping> {
  // In one order whatever the order of the query: communities are numbered by their first member.
  const order = given.map((_, at) => at).sort((a, b) => ((given[a]?.id ?? '') < (given[b]?.id ?? '') ? -1 : 1));
  const questions = order.flatMap((at) => given[at] ?? []);
  const found = withoutSmall(
    (await byVectors(questions, search, signal)) ?? (await byWords(questions, search, signal)),
  );
  const placed = [...found.keys()].filter((row) => (found[row] ?? -1) >= 0);
  const { membership, count } = renumbered(placed.map((row) => found[row] ?? 0));
  const previous = Int32Array.from(placed, (row) => questions[row]?.topicNo ?? -1);
  const kept = keepCommunityIds(membership, count, previous, nextNo);
  const places = new Int32Array(questions.length).fill(-1);
  placed.forEach((row, at) => {
    places[row] = membership[at] ?? 0;
  });
  const ranked = rankPhrases(said(questions, places), places, count, group);
  const topics = ranked.map((phrases, topic): Topic => {
    const no = kept.ids[topic] ?? 0;
    return {
      ...{ no, id: topicId(scope, no), label: labelOf(phrases), phrases: phrases.map(({ phrase }) => phrase) },
      weights: Object.fromEntries(phrases.map(({ term, weight }) => [term, weight])),
      rows: membership.reduce((sum, one) => sum + (one === topic ? 1 : 0), 0),
    };
  });
  const numbers = new Array<number>(given.length).fill(-1);
  order.forEach((at, row) => {
    const place = places[row] ?? -1;
    numbers[at] = place < 0 ? -1 : (kept.ids[place] ?? -1);
  });
  const changes = compareTopics(
    given.map(({ topicNo }) => topicNo),
    numbers,
    known,
  );
  return { topics, numbers, nextNo: kept.nextId, changes };
}

/** `null`: too few of the questions have a vector, or vectors differ in length. */
async function byVectors(
  questions: readonly StoredExtraction[],
  search: SimilaritySearch,
  signal: AbortSignal,
): Promise<Int32Array<ArrayBuffer> | null> {
  const dimensions = questions.find(({ vector }) => vector !== null)?.vector?.length ?? 0;
  const withVector = questions.filter(({ vector }) => vector?.length === dimensions).length;
  if (dimensions === 0 || withVector * 2 < questions.length) return null;
  const own = distinct(questions, ({ vector }) => (vector?.length === dimensions ? digestOf(vector) : null));
  const vectors = search.vectors(own.nodes.length, dimensions);
  own.nodes.forEach(({ vector }, node) => {
    if (vector !== null) vectors.set(node, vector);
  });
  const wanted = { k: Math.min(neighboursOfEach, Math.max(1, own.nodes.length - 1)), floor: leastCosine };
  return own.placed(communities(own, mutualEdges(await search.cosineNeighbours(vectors, wanted, { signal }))));
}

async function byWords(
  questions: readonly StoredExtraction[],
  search: SimilaritySearch,
  signal: AbortSignal,
): Promise<Int32Array<ArrayBuffer>> {
  const own = distinct(questions, ({ terms }) => textOf(terms) || null);
  const texts = own.nodes.map(({ terms }) => textOf(terms));
  return own.placed(
    communities(own, mutualEdges(await search.lexicalNeighbours(texts, { k: neighboursOfEach }, { signal }))),
  );
}

function digestOf(vector: readonly number[]): string {
  return createHash('sha256').update(Float64Array.from(vector)).digest('base64');
}

/** The words of the phrases, in one order. */
function textOf(terms: readonly string[]): string {
  return terms
    .filter((term) => !term.includes(' '))
    .toSorted()
    .join(' ');
}

interface Distinct {
  /** The first question of each key. */
  readonly nodes: readonly StoredExtraction[];
  /** By node: the number of the topic that its questions had; -1 for none. */
  readonly former: Int32Array;
  /** Communities of the nodes as those of the questions; -1 for a question without a key. */
  placed(membership: Int32Array): Int32Array<ArrayBuffer>;
}

/** Questions of one key are one node, however often they are asked: else they would be neighbours of each other only. */
function distinct(
  questions: readonly StoredExtraction[],
  keyOf: (question: StoredExtraction) => string | null,
): Distinct {
  const numbers = new Map<string, number>();
  const nodes: StoredExtraction[] = [];
  const former: number[] = [];
  const nodeOf = questions.map((question) => {
    const key = keyOf(question);
    if (key === null) return -1;
    const node = numbers.get(key) ?? nodes.push(question) - 1;
    numbers.set(key, node);
    former[node] = Math.max(question.topicNo, former[node] ?? -1);
    return node;
  });
  return {
    nodes,
    former: Int32Array.from(former),
    placed: (membership) => Int32Array.from(nodeOf, (node) => membership[node] ?? -1),
  };
}

/** By modularity. A grouping anew takes the place of the former one, as it grew, once it is better by this much. */
const leastGain = 0.02;

function communities({ nodes, former }: Distinct, edges: TopicEdges): Int32Array<ArrayBuffer> {
  const graph = buildCsr(nodes.length, edges, false);
  const anew = leiden(graph, settings);
  if (former.every((community) => community < 0)) return anew.membership;
  const anchored = buildCsr(nodes.length + Math.max(...former) + 1, anchoredEdges(edges, former), false);
  const grown = leiden(anchored, settings, former).membership.slice(0, nodes.length);
  const gain = anew.modularity - modularity(graph, grown, settings.resolution);
  return gain > leastGain ? anew.membership : grown;
}

function withoutSmall(membership: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const sizes = new Map<number, number>();
  for (const one of membership) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  return membership.map((one) => (one >= 0 && (sizes.get(one) ?? 0) >= leastQuestions ? one : -1));
}

function renumbered(communities: readonly number[]): { membership: Int32Array<ArrayBuffer>; count: number } {
  const numbers = new Map<number, number>();
  for (const one of communities) if (!numbers.has(one)) numbers.set(one, numbers.size);
  return { membership: Int32Array.from(communities, (one) => numbers.get(one) ?? 0), count: numbers.size };
}

/** The same topic has the same id on every worker; the name of a user is not part of it. */
function topicId({ collection, scope, subject }: TopicScope, no: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([collection, scope, subject]))
    .digest('hex');
  return `${digest.slice(0, 10)}-${no}`;
}
