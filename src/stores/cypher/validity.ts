import type { FactValidity, Stamp } from '../../domain/facts/invalidations.ts';
import type { RestoredValidity } from '../../domain/facts/restored-validity.ts';
import type { ValidityFields } from '../../domain/graph-mapping.ts';
import type { GraphValidity } from '../ports/graph-validity.ts';
import { slices } from '../slices.ts';
import { canBeBound, writeFactChanges } from './fact-changes.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import { anyTime } from './time.ts';
import { type CypherValue, type Row, toJson } from './value.ts';

const pageSize = 20_000;
const fetchedAtOnce = 500;

/** A graph whose mapping names the dates that mark a fact as retired. */
export interface ValidityMapping extends CypherMapping {
  readonly validity: ValidityFields;
}

/** `null`: the mapping does not name them. */
export function validityOnGraph(session: CypherSession, of: CypherMapping): GraphValidity | null {
  const { validity } = of;
  if (validity === undefined) return null;
  const mapping = { ...of, validity };
  return {
    dated: (group, signal) => datedFacts(session, mapping, group, signal),
    fetch: (group, ids, signal) => fetchFacts(session, mapping, group, ids, signal),
    write: (fence, changes, signal) => {
      const facts = changes.map(({ text, ...change }) => ({ ...change, kept: { [validity.text]: text }, seen: {} }));
      return writeFactChanges(session, mapping, fence, facts, signal);
    },
  };
}

/** Facts of one group in the order of their ids. */
async function* datedFacts(
  session: CypherSession,
  mapping: ValidityMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly FactValidity[]> {
  const { graph, groups } = placeOf(mapping, group);
  const { entities, relations } = mapping.place;
  const { name, text, validFrom, validTo, retiredAt } = mapping.validity;
  const id = property('r', relations.id);
  const dates = { created: relations.createdAt?.property, valid: validFrom, invalid: validTo, expired: retiredAt };
  const columns = Object.entries(dates).flatMap(([column, field]) => {
    const value = property('r', field);
    return [`${value} AS ${column}`, `toString(${value}) AS ${column}_text`];
  });
  const query = `MATCH (a)-[r:${quoted(relations.type)}]->(b) WHERE ${groupText(mapping).within('r')}
      AND ${property('r', text)} IS NOT NULL AND ${property('r', relations.deprecatedAt?.property)} IS NULL
      AND ($first OR ${id} > $after)
    RETURN ${id} AS id, ${property('a', entities.id)} AS source, ${property('b', entities.id)} AS target,
      ${property('r', name)} AS name, ${columns.join(', ')} ORDER BY id LIMIT $limit`;
  for (let last: CypherValue | null = null; ; ) {
    const page = { groups, first: last === null, after: last ?? '', limit: BigInt(pageSize) };
    const rows: Row[] = await session.read(graph, query, page, signal);
    const facts = rows.flatMap(factOf);
    if (facts.length > 0) yield facts;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.id ?? null;
  }
}

function factOf(row: Row): FactValidity[] {
  const { id, source, target, name } = row;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof target !== 'string') return [];
  const stamp = (column: string): Stamp | null => {
    const text = row[`${column}_text`];
    return typeof text === 'string' ? { text, at: anyTime(row[column]) } : null;
  };
  return [
    {
      ...{ id, source, target, name: typeof name === 'string' ? name : '' },
      ...{ created: stamp('created'), valid: stamp('valid') },
      ...{ invalid: stamp('invalid'), expired: stamp('expired') },
    },
  ];
}

async function fetchFacts(
  session: CypherSession,
  mapping: ValidityMapping,
  group: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<RestoredValidity[]> {
  const { graph, groups } = placeOf(mapping, group);
  const { relations } = mapping.place;
  const fields = retiringFields(mapping);
  const id = property('r', relations.id);
  const columns = fields.map((field, at) => `${property('r', field)} AS date${at}`);
  const query = `MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groupText(mapping).within('r')} AND ${id} IN $ids
    RETURN ${id} AS id, ${property('r', mapping.validity.text)} AS text, ${columns.join(', ')}`;
  const found = new Map<string, RestoredValidity | null>();
  for (const some of slices(ids, fetchedAtOnce)) {
    for (const row of await session.read(graph, query, { groups, ids: some }, signal)) {
      const values = fields.map((_, at) => row[`date${at}`] ?? null);
      if (typeof row.id !== 'string' || !values.every((value) => canBeBound(session.dialect, value))) continue;
      const before = Object.fromEntries(fields.map((field, at) => [field, toJson(values[at] ?? null)]));
      const after = Object.fromEntries(fields.map((field) => [field, null]));
      const fact = { id: row.id, text: toJson(row.text ?? null), before, after };
      found.set(row.id, found.has(row.id) ? null : fact);
    }
  }
  return [...found.values()].filter((fact) => fact !== null);
}

/** Properties that mark a fact as retired. */
function retiringFields({ validity: { validTo, retiredAt } }: ValidityMapping): string[] {
  return [...(validTo === null ? [] : [validTo]), retiredAt];
}
