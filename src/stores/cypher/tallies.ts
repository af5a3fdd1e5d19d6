import type { GraphTime } from '../../domain/graph-mapping.ts';
import type { GroupTally } from '../ports/graph-store.ts';
import { knownGroup } from '../stored-group.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import { type CypherValue, canonical, isList, type Row, toJson } from './value.ts';

const pageSize = 20_000;
const none = { documents: 0, entities: 0, mentions: 0, relations: 0, vectors: 0, digest: '' };

/** One aggregated scan of each label and type, a page of groups at a time; or graph by graph. */
export async function* groupTallies(
  session: CypherSession,
  mapping: CypherMapping,
  signal?: AbortSignal,
): AsyncGenerator<readonly GroupTally[]> {
  const way = mapping.place.groups;
  if (way.by === 'graph') {
    for (const graph of await session.graphs(signal)) {
      if (!graph.startsWith(way.prefix)) continue;
      const known = knownGroup(mapping, graph.slice(way.prefix.length));
      const tally = known === null ? null : await groupTally(session, mapping, known, signal);
      if (tally !== null && tally.digest !== '') yield [tally];
    }
    return;
  }
  const text = groupText(mapping);
  const query = tallyText(
    mapping,
    (alias) => `${text.of(alias)} IS NOT NULL AND ($first OR ${text.of(alias)} > $after)`,
  );
  for (let last: CypherValue | null = null; ; ) {
    const after = { first: last === null, after: last ?? '', limit: BigInt(pageSize) };
    const rows: Row[] = await session.read(null, query, after, signal);
    const known = rows.flatMap((row) => toTally(mapping, row));
    if (known.length > 0) yield known;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.grp ?? null;
  }
}

export async function groupTally(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): Promise<GroupTally> {
  const { graph, stored } = placeOf(mapping, group);
  const query = tallyText(mapping, (alias) => groupText(mapping).within(alias));
  const rows = await session.read(graph, query, { groups: [stored], limit: 1n }, signal);
  return rows.flatMap((row) => toTally(mapping, row))[0] ?? { group, ...none };
}

/** Where a group is a graph of its own, nothing is without one. */
export async function unscopedItems(
  session: CypherSession,
  mapping: CypherMapping,
  signal?: AbortSignal,
): Promise<number> {
  if (mapping.place.groups.by === 'graph') return 0;
  const text = groupText(mapping);
  const without = (alias: string) =>
    mapping.emptyGroup === null ? `(${text.of(alias)} IS NULL OR ${text.of(alias)} = '')` : `${text.of(alias)} IS NULL`;
  const counts = partsOf(mapping).map(
    ({ match, alias }) => `MATCH ${match} WHERE ${without(alias)} RETURN count(*) AS n`,
  );
  const rows = await session.read(null, `CALL { ${counts.join(' UNION ALL ')} } RETURN sum(n) AS n`, {}, signal);
  return Number(rows[0]?.n ?? 0);
}

interface Part {
  readonly name: 'documents' | 'entities' | 'mentions' | 'relations' | 'vectors';
  readonly match: string;
  readonly alias: string;
  readonly createdAt: GraphTime | null;
  readonly deprecatedAt: GraphTime | null;
}

function partsOf({ place }: CypherMapping): Part[] {
  const { documents, entities, mentions, relations, vectors } = place;
  const nodes = (name: Part['name'], of: typeof documents): Part => ({
    ...{ name, match: `(n:${quoted(of.label)})`, alias: 'n', createdAt: of.createdAt, deprecatedAt: of.deprecatedAt },
  });
  const edges = (
    name: Part['name'],
    of: { type: string; createdAt: GraphTime | null },
    deprecatedAt: GraphTime | null,
  ): Part => ({
    ...{ name, match: `()-[r:${quoted(of.type)}]->()`, alias: 'r', createdAt: of.createdAt, deprecatedAt },
  });
  return [
    nodes('documents', documents),
    nodes('entities', entities),
    edges('mentions', mentions, null),
    edges('relations', relations, relations.deprecatedAt),
    ...(vectors === null ? [] : [nodes('vectors', vectors)]),
  ];
}

function tallyText(mapping: CypherMapping, where: (alias: string) => string): string {
  const group = groupText(mapping);
  const branches = partsOf(mapping).map(({ name, match, alias, createdAt, deprecatedAt }) => {
    const [created, deprecated] = [property(alias, createdAt?.property), property(alias, deprecatedAt?.property)];
    return `MATCH ${match} WHERE ${where(alias)}
      RETURN ${group.of(alias)} AS grp, '${name}' AS part, count(*) AS n, count(${deprecated}) AS deprecated,
        max(${deprecated}) AS last_deprecated, max(${created}) AS last_created`;
  });
  return `CALL { ${branches.join(' UNION ALL ')} }
    WITH grp, collect([part, n, deprecated, last_deprecated, last_created]) AS parts ORDER BY grp LIMIT $limit
    RETURN grp, parts`;
}

function toTally(mapping: CypherMapping, { grp, parts }: Row): GroupTally[] {
  if (typeof grp !== 'string' || !isList(parts)) return [];
  const group = knownGroup(mapping, grp);
  if (group === null) return [];
  const counts = parts.filter(isList);
  const count = (name: Part['name']) => Number(counts.find(([part]) => part === name)?.[1] ?? 0);
  const [documents, entities, mentions] = [count('documents'), count('entities'), count('mentions')];
  const digest = canonical(counts.map((one) => one.slice(1).map(toJson)));
  return [{ group, documents, entities, mentions, relations: count('relations'), vectors: count('vectors'), digest }];
}
