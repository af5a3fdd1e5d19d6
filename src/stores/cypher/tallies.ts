import { canonicalJson } from '../../domain/canonical-json.ts';
import type { GraphTime } from '../../domain/graph-mapping.ts';
import type { GroupTally } from '../ports/graph-census.ts';
import { knownGroup } from '../stored-group.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placesOf } from './places.ts';
import { hasProperties, isOnNodes } from './result-places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import { type CypherValue, isList, type Row, toJson } from './value.ts';

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
      const tallies = known === null ? [] : [...(await talliesOf(session, mapping, [known], signal)).values()];
      const found = tallies.filter(({ digest }) => digest !== '');
      if (found.length > 0) yield found;
    }
    return;
  }
  const text = groupText(mapping);
  const query = tallyText(
    mapping,
    (alias) => `${text.of(alias)} IS NOT NULL AND ($first OR ${text.of(alias)} > $after)`,
    '($first OR p.group > $after)',
  );
  for (let last: CypherValue | null = null; ; ) {
    const after = { graph: mapping.name, first: last === null, after: last ?? '', limit: BigInt(pageSize) };
    const rows: Row[] = await session.read(null, query, after, signal);
    const known = rows.flatMap((row) => toTally(mapping, row));
    if (known.length > 0) yield known;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.grp ?? null;
  }
}

/** By group; all zero where there is nothing. */
export async function talliesOf(
  session: CypherSession,
  mapping: CypherMapping,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, GroupTally>> {
  const tallies = new Map<string, GroupTally>(groups.map((group) => [group, { group, ...none }]));
  const query = tallyText(mapping, (alias) => groupText(mapping).within(alias), 'p.group IN $groups');
  for (const place of placesOf(mapping, groups)) {
    const asked = { graph: mapping.name, groups: place.groups, limit: BigInt(place.groups.length) };
    const rows = await session.read(place.graph, query, asked, signal);
    for (const tally of rows.flatMap((row) => toTally(mapping, row))) tallies.set(tally.group, tally);
  }
  return tallies;
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

/** @param pointed of a node `p` that says which results are published, what `where` says of the rest */
function tallyText(mapping: CypherMapping, where: (alias: string) => string, pointed: string): string {
  const group = groupText(mapping);
  const branches = partsOf(mapping).map(({ name, match, alias, createdAt, deprecatedAt }) => {
    const [created, deprecated] = [property(alias, createdAt?.property), property(alias, deprecatedAt?.property)];
    const withResults = name === 'entities' ? `sum(CASE WHEN ${hasProperties(mapping, alias)} THEN 1 ELSE 0 END)` : '0';
    return `MATCH ${match} WHERE ${where(alias)}
      RETURN ${group.of(alias)} AS grp, '${name}' AS part, count(*) AS n, count(${deprecated}) AS deprecated,
        max(${deprecated}) AS last_deprecated, max(${created}) AS last_created, ${withResults} AS with_results`;
  });
  if (isOnNodes(mapping)) {
    branches.push(`MATCH (p:CoppiceGroup {graph: $graph}) WHERE ${pointed}
      MATCH (r:CoppiceResult {graph: $graph, group: p.group, slot: p.slot})
      RETURN p.group AS grp, '${resultPart}' AS part, count(*) AS n, 0 AS deprecated, null AS last_deprecated,
        null AS last_created, 0 AS with_results`);
  }
  return `CALL { ${branches.join(' UNION ALL ')} }
    WITH grp, collect([part, n, deprecated, last_deprecated, last_created, with_results]) AS parts
    ORDER BY grp LIMIT $limit RETURN grp, parts`;
}

/** Nodes that hold the results which are published. */
const resultPart = 'results';

function toTally(mapping: CypherMapping, { grp, parts }: Row): GroupTally[] {
  if (typeof grp !== 'string' || !isList(parts)) return [];
  const group = knownGroup(mapping, grp);
  const all = parts.filter(isList);
  const counts = all.filter(([part]) => part !== resultPart);
  if (group === null || counts.length === 0) return [];
  const of = (name: string) => all.find(([part]) => part === name);
  const count = (name: string) => Number(of(name)?.[1] ?? 0);
  const [documents, entities, mentions] = [count('documents'), count('entities'), count('mentions')];
  // Covers the application's data and no results of Coppice: a recompute changes no digest.
  const digest = canonicalJson(counts.map((one) => one.slice(1, -1).map(toJson)));
  const withProperties = Number(of('entities')?.at(-1) ?? 0);
  const resultsMissing = isOnNodes(mapping)
    ? withProperties > 0 || count(resultPart) < entities
    : withProperties < entities;
  const edges = { mentions, relations: count('relations'), vectors: count('vectors') };
  return [{ group, documents, entities, ...edges, digest, resultsMissing }];
}
