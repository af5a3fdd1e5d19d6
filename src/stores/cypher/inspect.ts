import { createHash } from 'node:crypto';
import { comparedMapping, type GraphTime } from '../../domain/graph-mapping.ts';
import type { GraphInspection } from '../ports/graph-store.ts';
import { type CypherMapping, quoted } from './names.ts';
import type { CypherSession } from './session.ts';
import { readTime } from './time.ts';
import type { CypherValue } from './value.ts';

interface Looked {
  readonly match: string;
  readonly called: string;
  readonly id: string | null;
  readonly times: readonly (GraphTime | null)[];
}

const sampled = 50n;

/** Compares the mapping with what is there. A store without a schema has only samples to say what it holds. */
export async function inspectGraph(
  session: CypherSession,
  mapping: CypherMapping,
  signal?: AbortSignal,
): Promise<GraphInspection> {
  const problems: string[] = [];
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(comparedMapping(mapping)))
    .digest('hex')
    .slice(0, 16);
  const kinds = looked(mapping);
  for (const { called, times } of kinds) {
    for (const time of times) {
      if (time === null || session.dialect.times.includes(time.type)) continue;
      const known = session.dialect.times.join(' or ');
      problems.push(
        `${called}.${time.property} is mapped as ${time.type}, which ${session.where} does not have: use ${known}`,
      );
    }
  }
  if (problems.length > 0) return { problems, fingerprint };
  const graph = await graphToLookAt(session, mapping, signal);
  if (graph === undefined) return { problems, fingerprint };
  for (const { match, called, id, times } of kinds) {
    const sample = (name: string) =>
      session
        .read(
          graph,
          `MATCH ${match} WHERE x.${quoted(name)} IS NOT NULL RETURN x.${quoted(name)} AS value LIMIT $limit`,
          { limit: sampled },
          signal,
        )
        .then((rows) => rows.map((row) => row.value ?? null));
    if (id !== null && (await sample(id)).some((value) => typeof value !== 'string')) {
      problems.push(`${called}.${id} holds ids that are no text: they cannot be spoken of`);
    }
    for (const time of times) {
      if (time === null) continue;
      const values = await sample(time.property);
      if (values.length > 0 && values.every((value) => !isTime(value, time))) {
        problems.push(
          `${called}.${time.property} is mapped as ${time.type} and holds something else: check the mapping`,
        );
      }
    }
  }
  return { problems, fingerprint };
}

function isTime(value: CypherValue, field: GraphTime): boolean {
  return readTime(value, field) !== null;
}

/** `undefined`: there is none yet. */
export async function graphToLookAt(
  session: CypherSession,
  { place }: CypherMapping,
  signal?: AbortSignal,
): Promise<string | null | undefined> {
  const { groups } = place;
  if (groups.by === 'property') return null;
  return (await session.graphs(signal)).find((name) => name.startsWith(groups.prefix));
}

function looked({ place }: CypherMapping): Looked[] {
  const { documents, entities, mentions, relations, vectors } = place;
  const nodes = [documents, entities, ...(vectors === null ? [] : [vectors])];
  return [
    ...nodes.map(({ label, id, createdAt, deprecatedAt }) => ({
      ...{ match: `(x:${quoted(label)})`, called: label, id, times: [createdAt, deprecatedAt] },
    })),
    { match: `()-[x:${quoted(mentions.type)}]->()`, called: mentions.type, id: null, times: [mentions.createdAt] },
    {
      ...{ match: `()-[x:${quoted(relations.type)}]->()`, called: relations.type, id: relations.id },
      times: [relations.createdAt, relations.deprecatedAt],
    },
  ];
}
