import type { FactValidity, Stamp } from '../../domain/facts/invalidations.ts';
import type { RestoredValidity } from '../../domain/facts/restored-validity.ts';
import type { ValidityFields } from '../../domain/graph-mapping.ts';
import type { GraphFence } from '../ports/graph-fence.ts';
import type { GraphValidity } from '../ports/graph-validity.ts';
import { slices } from '../slices.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Dialect } from './session.ts';
import { groupText, property } from './text.ts';
import { anyTime } from './time.ts';
import { type CypherValue, fromJson, type Row, Typed, toJson } from './value.ts';

const pageSize = 20_000;
const writtenAtOnce = 500;

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
    write: (fence, changes, signal) => writeDates(session, mapping, fence, changes, signal),
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
  for (const some of slices(ids, writtenAtOnce)) {
    for (const row of await session.read(graph, query, { groups, ids: some }, signal)) {
      const values = fields.map((_, at) => row[`date${at}`] ?? null);
      if (typeof row.id !== 'string' || !values.every((value) => canBeWritten(session.dialect, value))) continue;
      const before = Object.fromEntries(fields.map((field, at) => [field, toJson(values[at] ?? null)]));
      const after = Object.fromEntries(fields.map((field) => [field, null]));
      const fact = { id: row.id, text: toJson(row.text ?? null), before, after };
      found.set(row.id, found.has(row.id) ? null : fact);
    }
  }
  return [...found.values()].filter((fact) => fact !== null);
}

/** A date that could not be put back exactly is not taken. */
function canBeWritten({ times }: Dialect, value: CypherValue): boolean {
  if (value instanceof Typed) return value.type === 'datetime' && times.includes('datetime');
  return value === null || typeof value === 'string' || typeof value === 'bigint';
}

async function writeDates(
  session: CypherSession,
  mapping: ValidityMapping,
  { group, epoch }: GraphFence,
  changes: readonly RestoredValidity[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { graph, stored } = placeOf(mapping, group);
  const { relations } = mapping.place;
  const fields = retiringFields(mapping);
  const isBound = (expression: string, bound: string) =>
    `(${expression} = ${bound} OR (${expression} IS NULL AND ${bound} IS NULL))`;
  const areBound = (form: string) => fields.map((field, at) => isBound(property('r', field), `item.${form}${at}`));
  const set = fields.map((field, at) => `${property('r', field)} = item.after${at}`);
  const id = property('r', relations.id);
  const match = `${fenced} UNWIND $items AS item
    MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groupText(mapping).within('r')} AND ${id} = item.id`;
  // A property that is written over with itself is locked: what the second statement compares stays so until it commits.
  const lock = `${match} SET ${id} = ${id} RETURN count(r) AS locked`;
  const query = `${match} AND ${isBound(property('r', mapping.validity.text), 'item.text')}
      AND ((${areBound('before').join(' AND ')}) OR (${areBound('after').join(' AND ')}))
    SET ${set.join(', ')} RETURN item.id AS id`;
  return session.write(
    graph,
    async (run) => {
      await raiseFence(run, mapping, stored, epoch);
      const written = new Set<string>();
      for (const some of slices(changes, writtenAtOnce)) {
        const items = some.map(({ id, text, before, after }) => ({
          ...{ id, text: fromJson(text) },
          ...bound('before', fields, before),
          ...bound('after', fields, after),
        }));
        const parameters = { ...fenceParameters(mapping, stored, epoch), groups: [stored], items };
        if (session.dialect.locks) await run(lock, parameters);
        const rows = await run(query, parameters);
        for (const row of rows) written.add(String(row.id));
      }
      return written;
    },
    signal,
  );
}

function bound(form: string, fields: readonly string[], values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(fields.map((field, at) => [`${form}${at}`, fromJson(values[field] ?? null)]));
}

/** Properties that mark a fact as retired. */
function retiringFields({ validity: { validTo, retiredAt } }: ValidityMapping): string[] {
  return [...(validTo === null ? [] : [validTo]), retiredAt];
}
