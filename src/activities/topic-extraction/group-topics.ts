import { createHash } from 'node:crypto';
import { keepCommunityIds } from '../../compute/community-ids.ts';
import { buildCsr } from '../../compute/csr.ts';
import { leiden } from '../../compute/leiden/leiden.ts';
import { mutualEdges, type TopicEdges } from '../../domain/topics/edges.ts';
import { type Background, labelOf, rankPhrases, type SaidPhrases } from '../../domain/topics/rank-phrases.ts';
import { communitiesOfQuestions, termGraph } from '../../domain/topics/term-graph.ts';
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
 * most of them have one, else by the phrases that occur together. Numbers stay where the questions mostly do. The same
 * questions give the same topics.
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
    (await byVectors(questions, search, signal)) ?? byPhrases(questions.map(({ terms }) => terms)),
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
  const vectors = search.vectors(questions.length, dimensions);
  questions.forEach(({ vector }, row) => {
    if (vector !== null && vector.length === dimensions) vectors.set(row, vector);
  });
  const wanted = { k: Math.min(neighboursOfEach, Math.max(1, questions.length - 1)), floor: leastCosine };
  const neighbours = await search.cosineNeighbours(vectors, wanted, { signal });
  return communities(questions.length, mutualEdges(neighbours));
}

function byPhrases(questions: readonly (readonly string[])[]): Int32Array<ArrayBuffer> {
  const graph = termGraph(questions);
  const membership = communities(graph.terms.length, mutualEdges(graph.neighbours));
  return communitiesOfQuestions(questions, graph, membership);
}

function communities(nodes: number, edges: TopicEdges): Int32Array<ArrayBuffer> {
  return leiden(buildCsr(nodes, edges, false), settings).membership;
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
