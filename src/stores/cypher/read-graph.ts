import type { GroupEdges, GroupEntities } from '../ports/graph-compute.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import type { Row } from './value.ts';

const pageSize = 20_000;
/** Every page looks at all relations of the group, and sorts them: few large ones read it sooner. */
const edgesAtOnce = 100_000;

export async function* entityIds(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly GroupEntities[]> {
  const { entities } = mapping.place;
  const id = property('e', entities.id);
  const query = `MATCH (e:${quoted(entities.label)}) WHERE ${groupText(mapping).within('e')} AND ($first OR ${id} > $after)
    RETURN ${id} AS id ORDER BY id LIMIT $limit`;
  for await (const rows of pagesById(session, mapping, group, query, pageSize, signal)) {
    yield [{ group, entities: rows.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])) }];
  }
}

/** Relations that are not deprecated, between entities of the group. */
export async function* relationEdges(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly GroupEdges[]> {
  const { relations } = mapping.place;
  const query = `${liveRelations(mapping)} AND ($first OR ${property('r', relations.id)} > $after)
    RETURN ${property('r', relations.id)} AS id, source, target, ${property('r', relations.weight)} AS weight
    ORDER BY id LIMIT $limit`;
  for await (const rows of pagesById(session, mapping, group, query, edgesAtOnce, signal)) {
    const edges = rows.flatMap(({ source, target, weight }) => {
      if (typeof source !== 'string' || typeof target !== 'string') return [];
      const isNumber = typeof weight === 'number' || typeof weight === 'bigint';
      return [{ source, target, weight: isNumber ? Number(weight) : 1 }];
    });
    yield [
      {
        group,
        sources: edges.map((edge) => edge.source),
        targets: edges.map((edge) => edge.target),
        weights: edges.map((edge) => edge.weight),
      },
    ];
  }
}

/** Clauses with `r`, `a`, `b`, `source` and `target` in scope; more conditions may follow. */
function liveRelations(mapping: CypherMapping): string {
  const { relations, entities } = mapping.place;
  const groups = groupText(mapping);
  const entity = quoted(entities.label);
  return `MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groups.within('r')}
      AND ${property('r', relations.deprecatedAt?.property)} IS NULL
    WITH r, startNode(r) AS a, endNode(r) AS b
    WHERE a:${entity} AND b:${entity} AND ${groups.same('a', 'r')} AND ${groups.same('b', 'r')}
    WITH r, ${property('a', entities.id)} AS source, ${property('b', entities.id)} AS target WHERE true`;
}

/** Rows of a query that orders by `id` and takes `$graph`, `$groups`, `$first`, `$after` and `$limit`, page by page. */
export async function* pagesById(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  query: string,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const { graph, stored } = placeOf(mapping, group);
  for (let last: Row | null = null; ; ) {
    const after = { first: last === null, after: last?.id ?? '', limit: BigInt(size) };
    const rows: Row[] = await session.read(graph, query, { graph: mapping.name, groups: [stored], ...after }, signal);
    if (rows.length > 0) yield rows;
    if (rows.length < size) return;
    last = rows.at(-1) ?? null;
  }
}
