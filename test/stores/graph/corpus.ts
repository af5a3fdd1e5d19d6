import { seededRandom } from '../../../src/domain/random.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';

export const cutoff = new Date('2026-06-01T12:00:00.000Z');
const daysAgo = (days: number) => new Date(cutoff.getTime() - days * 86_400_000).toISOString();

export interface CorpusOptions {
  readonly group: string;
  readonly seed: number;
  /** False where the store cannot hold an edge without its ends (Neo4j, FalkorDB). */
  readonly dangling: boolean;
}

/** One group of everything that can be stale or not, in every mixture that a seed makes. */
export function randomGroup({ group, seed, dangling }: CorpusOptions): GraphLine[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const age = () => pick([0.2, 0.9, 1.1, 3, 40]);
  const dates = (deprecated: number) => ({
    created_at: daysAgo(age() + 40),
    ...(random() < deprecated ? { deprecated_at: daysAgo(pick([-1, 0.2, 0.9, 1.1, 3])) } : {}),
  });
  const documents = names('d', 6);
  const entities = names('e', 10);
  const line = { group_id: group };
  const standing = dangling ? documents.slice(1) : documents;
  return [
    ...standing.map((id): GraphLine => ({ ...line, type: 'document', id, name: `document ${id}`, ...dates(0.4) })),
    ...entities.map(
      (id): GraphLine => ({
        ...line,
        type: 'entity',
        id,
        name: id,
        created_at: daysAgo(age()),
        embedding: [random(), 1, 0.5],
      }),
    ),
    ...unique(range(14).map(() => [pick(documents), pick(dangling ? [...entities, 'gone'] : entities)])).map(
      ([document = '', entity = '']): GraphLine => ({
        ...line,
        type: 'mention',
        document,
        entity,
        created_at: daysAgo(age()),
      }),
    ),
    ...range(10).map(
      (at): GraphLine => ({
        ...{ ...line, type: 'relation', id: `r${at}`, ...dates(0.2), weight: 1 + at },
        source: pick(entities),
        target: pick(dangling ? [...entities, 'gone'] : entities),
        ...(random() < 0.6 ? { document: pick(dangling ? documents : [...documents, 'nowhere']) } : {}),
      }),
    ),
    ...range(8).map(
      (at): GraphLine => ({
        ...{ ...line, type: 'vector', id: `v${at}`, embedding: [0.1, random(), -3.5], ...dates(0.2) },
        ...(random() < 0.5 ? { document: pick([...documents, 'nowhere']) } : {}),
        ...(random() < 0.5 ? { entity: pick([...entities, 'nobody']) } : {}),
      }),
    ),
  ];
}

function names(prefix: string, count: number): string[] {
  return range(count).map((at) => `${prefix}${at}`);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function unique(pairs: readonly string[][]): string[][] {
  return [...new Map(pairs.map((pair) => [JSON.stringify(pair), pair])).values()];
}
