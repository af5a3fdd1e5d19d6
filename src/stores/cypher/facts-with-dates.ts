import type { DatedFact } from '../../domain/facts/expiry.ts';
import type { GraphTime } from '../../domain/graph-mapping.ts';
import type { GraphFacts } from '../ports/graph-facts.ts';
import { marksOnGraph } from './archive.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import { readTime } from './time.ts';
import type { CypherValue, Row } from './value.ts';

const pageSize = 20_000;

/** `null`: the mapping does not name the text of relations. */
export function factsOnGraph(session: CypherSession, mapping: CypherMapping): GraphFacts | null {
  const fields = mapping.merging?.relations;
  if (fields === undefined || fields.text === null) return null;
  const { accessedAt, archivedAt, name, text } = fields;
  const accessed: GraphTime | null = accessedAt !== null && 'property' in accessedAt ? accessedAt : null;
  const archived: GraphTime | null = archivedAt !== undefined && 'property' in archivedAt ? archivedAt : null;
  const { relations } = mapping.place;
  const id = property('r', relations.id);
  const query = `MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groupText(mapping).within('r')}
      AND ${property('r', text)} IS NOT NULL AND ${property('r', relations.deprecatedAt?.property)} IS NULL
      AND ${property('r', archived?.property)} IS NULL AND ($first OR ${id} > $after)
    RETURN ${id} AS id, ${property('r', name)} AS name, ${property('r', relations.createdAt?.property)} AS created,
      ${property('r', accessed?.property)} AS accessed ORDER BY id LIMIT $limit`;
  const factOf = (row: Row): DatedFact[] => {
    if (typeof row.id !== 'string') return [];
    return [
      {
        ...{ id: row.id, name: typeof row.name === 'string' ? row.name : '' },
        createdAt: readTime(row.created, relations.createdAt),
        accessedAt: readTime(row.accessed, accessed),
      },
    ];
  };
  return {
    archive: archived === null ? null : marksOnGraph(session, mapping, archived),
    async *dated(group, signal) {
      const { graph, groups } = placeOf(mapping, group);
      for (let last: CypherValue | null = null; ; ) {
        const page = { groups, first: last === null, after: last ?? '', limit: BigInt(pageSize) };
        const rows: Row[] = await session.read(graph, query, page, signal);
        const facts = rows.flatMap(factOf);
        if (facts.length > 0) yield facts;
        if (rows.length < pageSize) return;
        last = rows.at(-1)?.id ?? null;
      }
    },
  };
}
