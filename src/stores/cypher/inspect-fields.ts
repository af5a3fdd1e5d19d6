import type { GraphTime } from '../../domain/graph-mapping.ts';
import type { TimeField } from '../../domain/mapping.ts';
import type { FieldInspection, FieldUse } from '../ports/graph-fields.ts';
import { graphToLookAt } from './inspect.ts';
import { vectorOf } from './merging/entity-text.ts';
import { type CypherMapping, quoted } from './names.ts';
import type { CypherSession } from './session.ts';
import { anyTime, readTime } from './time.ts';
import type { CypherValue } from './value.ts';

/** Nodes or relationships of which a sample consists, however many have the property. */
const sampled = 200n;
const vectorsSampled = 3n;

interface Wanted {
  readonly part: 'entities' | 'relations';
  readonly setting: string;
  readonly property: string;
  /** Whether a value can be read as what the property is mapped as. */
  readonly fits: (value: CypherValue) => boolean;
  readonly holds: string;
  /** Without values in it there is nothing to work on. */
  readonly isNeeded?: boolean;
  readonly limit?: bigint;
}

/** Samples the properties that only some jobs read. A property that no sampled element has is no problem by itself. */
export async function inspectFields(
  session: CypherSession,
  mapping: CypherMapping,
  use: FieldUse,
  signal?: AbortSignal,
): Promise<FieldInspection> {
  const [problems, empty]: [string[], string[]] = [[], []];
  const graph = await graphToLookAt(session, mapping, signal);
  if (graph === undefined) return { problems, empty };
  const { entities, relations } = mapping.place;
  const match = { entities: `(x:${quoted(entities.label)})`, relations: `()-[x:${quoted(relations.type)}]->()` };
  const called = { entities: entities.label, relations: relations.type };
  for (const { part, setting, property, fits, holds, isNeeded = false, limit = sampled } of wantedOf(mapping, use)) {
    const rows = await session.read(
      graph,
      `MATCH ${match[part]} WITH x LIMIT $limit RETURN x.${quoted(property)} AS value`,
      { limit },
      signal,
    );
    const values = rows.map(({ value = null }) => value).filter((value) => value !== null);
    const where = `check graphs.${mapping.name}.${part}.${setting}`;
    if (values.length > 0 && !values.some(fits)) {
      problems.push(`${called[part]}.${property} holds no ${holds}: ${where}`);
    }
    if (isNeeded && mapping.mapped && rows.length > 0 && values.length === 0) {
      empty.push(`none of the first ${rows.length} ${called[part]} has a property ${property}: ${where}`);
    }
  }
  return { problems, empty };
}

const isText = (value: CypherValue) => typeof value === 'string';
const isVector = (value: CypherValue) => vectorOf(value) !== null;
const isBoolean = (value: CypherValue) => typeof value === 'boolean';
const isDate = (value: CypherValue) => anyTime(value) !== null;
const isTime = (time: GraphTime) => (value: CypherValue) => readTime(value, time) !== null;

function wantedOf({ merging, validity }: CypherMapping, use: FieldUse): Wanted[] {
  const text = { fits: isText, holds: 'text' };
  const vector = { fits: isVector, holds: 'vector', limit: vectorsSampled };
  const date = { fits: isDate, holds: 'date' };
  if (use === 'validity') {
    if (validity === undefined) return [];
    const part = 'relations';
    return [
      { part, setting: 'text', property: validity.text, ...text, isNeeded: true },
      ...named(validity.validFrom, { part, setting: 'valid_from', ...date }),
      ...named(validity.validTo, { part, setting: 'valid_to', ...date }),
      { part, setting: 'retired_at', property: validity.retiredAt, ...date },
    ];
  }
  if (merging === undefined) return [];
  const { entities, relations } = merging;
  if (use === 'facts') {
    const { accessedAt, archivedAt } = relations;
    const part = 'relations';
    return [
      ...named(relations.text, { part, setting: 'text', ...text, isNeeded: true }),
      ...named(relations.name, { part, setting: 'name', ...text }),
      ...timed(accessedAt, { part, setting: 'accessed_at' }),
      ...timed(archivedAt ?? null, { part, setting: 'archived_at' }),
    ];
  }
  return [
    { part: 'entities', setting: 'name', property: entities.name, ...text, isNeeded: true },
    ...named(entities.description, { part: 'entities', setting: 'description', ...text }),
    ...named(entities.vector, { part: 'entities', setting: 'vector', ...vector }),
    ...named(entities.pinned ?? null, { part: 'entities', setting: 'pinned', fits: isBoolean, holds: 'true or false' }),
    ...named(relations.text, { part: 'relations', setting: 'text', ...text }),
    ...named(relations.vector, { part: 'relations', setting: 'vector', ...vector }),
  ];
}

function timed(time: GraphTime | TimeField | null, at: Pick<Wanted, 'part' | 'setting'>): Wanted[] {
  if (time === null || !('property' in time)) return [];
  return [{ ...at, property: time.property, fits: isTime(time), holds: time.type }];
}

function named(property: string | null, wanted: Omit<Wanted, 'property'>): Wanted[] {
  return property === null ? [] : [{ ...wanted, property }];
}
