import { isQuotable, quotedAsFound } from './names.ts';
import type { CypherSession } from './session.ts';
import { type CypherValue, isList, Typed } from './value.ts';

/** Read-only looks at a graph whose schema nobody has mapped: by label, and by type of relationship. */

/** Nodes or relationships of one name. */
export interface Kind {
  readonly of: 'label' | 'type';
  readonly name: string;
  readonly count: number;
  /** Names of their properties, as far as a sample has them. */
  readonly properties: readonly string[];
}

/** Dates that are read of one property; a property with more has a sample of them. */
export const mostDates = 100_000;
const sampled = 200n;

export interface Kinds {
  /** Labels and types, the most frequent first. A label is left out whose nodes all have a more general one too. */
  readonly kinds: readonly Kind[];
  /** Labels and types whose names a query cannot hold. */
  readonly leftOut: number;
}

export async function kindsOf(session: CypherSession, graph: string | null, signal: AbortSignal): Promise<Kinds> {
  let leftOut = 0;
  const names = async (procedure: string, column: string) => {
    const rows = await session.read(
      graph,
      `CALL db.${procedure}() YIELD ${column} RETURN ${column} AS name`,
      {},
      signal,
    );
    const all = rows.flatMap(({ name }) => (typeof name === 'string' && !name.startsWith('Coppice') ? [name] : []));
    const found = all.filter(isQuotable);
    leftOut += all.length - found.length;
    return found;
  };
  const labels = await kinds(session, graph, 'label', await names('labels', 'label'), signal);
  const types = await kinds(session, graph, 'type', await names('relationshipTypes', 'relationshipType'), signal);
  const general: Kind[] = [];
  for (const label of labels) {
    if (!(await isCovered(session, graph, label, general, signal))) general.push(label);
  }
  return { kinds: [...general, ...types], leftOut };
}

async function kinds(
  session: CypherSession,
  graph: string | null,
  of: Kind['of'],
  names: readonly string[],
  signal: AbortSignal,
): Promise<Kind[]> {
  const found: Kind[] = [];
  for (const name of names) {
    const match = matchOf({ of, name });
    const [row] = await session.read(graph, `${match} RETURN count(x) AS count`, {}, signal);
    const count = numberOf(row?.count);
    if (count === 0) continue;
    const keys = await session.read(
      graph,
      `${match} WITH x LIMIT $sampled UNWIND keys(x) AS name RETURN DISTINCT name`,
      { sampled },
      signal,
    );
    const properties = keys
      .flatMap((one) => (typeof one.name === 'string' && isQuotable(one.name) ? [one.name] : []))
      .sort();
    found.push({ of, name, count, properties });
  }
  return found.sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

async function isCovered(
  session: CypherSession,
  graph: string | null,
  label: Kind,
  general: readonly Kind[],
  signal: AbortSignal,
): Promise<boolean> {
  if (general.length === 0) return false;
  const rows = await session.read(
    graph,
    `${matchOf(label)} WITH x LIMIT $sampled WITH collect(labels(x)) AS lists UNWIND lists AS own UNWIND own AS name
     RETURN name, count(*) AS count, size(lists) AS sampled`,
    { sampled },
    signal,
  );
  return rows.some(
    ({ name, count, sampled: all }) => count === all && general.some((one) => one.name === name && name !== label.name),
  );
}

export function countWhere(
  session: CypherSession,
  graph: string | null,
  kind: Kind,
  where: string,
  signal: AbortSignal,
): Promise<number> {
  return count(session, graph, `${matchOf(kind)} WHERE ${where} RETURN count(x) AS count`, signal);
}

/** Items beyond the first of equal values: names of one owner, whatever their case; relationships with equal properties. */
export function countCopies(
  session: CypherSession,
  graph: string | null,
  kind: Kind,
  { name, scope }: { readonly name: string | null; readonly scope: string | null },
  signal: AbortSignal,
): Promise<number> {
  const owner = scope === null ? 'null' : `x.${quotedAsFound(scope)}`;
  const values =
    kind.of === 'type'
      ? 'startNode(x) AS one, endNode(x) AS other, properties(x) AS own, count(x) AS copies'
      : `${owner} AS one, toLower(trim(toString(x.${quotedAsFound(name ?? '')}))) AS other, count(x) AS copies`;
  const known = kind.of === 'type' ? '' : 'other IS NOT NULL AND ';
  const text = `${matchOf(kind)} WITH ${values} WHERE ${known}copies > 1 RETURN sum(copies - 1) AS count`;
  return count(session, graph, text, signal);
}

/** Values of a property that is a date, with how often each is there. */
export async function readDates(
  session: CypherSession,
  graph: string | null,
  kind: Kind,
  property: string,
  signal: AbortSignal,
): Promise<readonly { readonly value: string | number | bigint | boolean; readonly times: number }[]> {
  const own = `x.${quotedAsFound(property)}`;
  const rows = await session.read(
    graph,
    `${matchOf(kind)} WHERE ${own} IS NOT NULL WITH ${own} AS value LIMIT $most RETURN value, count(*) AS times`,
    { most: BigInt(mostDates) },
    signal,
  );
  return rows.map(({ value, times }) => ({ value: dateOf(value), times: numberOf(times) }));
}

function dateOf(value: CypherValue | undefined): string | number | bigint | boolean {
  if (value instanceof Typed) return value.epochMs ?? value.type;
  if (value === null || value === undefined || typeof value === 'object' || isList(value)) return 'no date';
  return value;
}

async function count(session: CypherSession, graph: string | null, text: string, signal: AbortSignal): Promise<number> {
  const [row] = await session.read(graph, text, {}, signal);
  return numberOf(row?.count);
}

function matchOf({ of, name }: Pick<Kind, 'of' | 'name'>): string {
  return of === 'label' ? `MATCH (x:${quotedAsFound(name)})` : `MATCH ()-[x:${quotedAsFound(name)}]->()`;
}

function numberOf(value: CypherValue | undefined): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}
