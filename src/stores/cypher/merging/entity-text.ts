import type { MergeFields } from '../../../domain/merging/merge-fields.ts';
import { type CypherMapping, quoted } from '../names.ts';
import { groupText, property } from '../text.ts';
import { type CypherValue, isList, type Row, Typed } from '../value.ts';

/** A graph whose mapping names what merging reads. */
export interface MergedMapping extends CypherMapping {
  readonly merging: MergeFields;
}

/** Finds one entity of the group by an id that is bound as `$name`. */
export function matchEntity(mapping: CypherMapping, alias: string, name: string): string {
  const { label, id } = mapping.place.entities;
  return `MATCH (${alias}:${quoted(label)})
    WHERE ${groupText(mapping).within(alias)} AND ${property(alias, id)} = $${name}`;
}

/** Properties of an entity that are no statement about what it is. */
export function ownProperties({ place, merging }: MergedMapping): Set<string> {
  const { groups, entities, results } = place;
  const slots = [results.community, results.centrality].flatMap((name) => [`${name}_0`, `${name}_1`]);
  const group = groups.by === 'property' ? [groups.property] : [];
  const dates = [entities.createdAt, entities.deprecatedAt].flatMap((time) => (time === null ? [] : [time.property]));
  return new Set([entities.id, merging.entities.name, ...group, ...dates, ...slots]);
}

export function typeText({ merging }: MergedMapping, alias: string): string {
  const { type } = merging.entities;
  return type === 'labels' ? `labels(${alias})` : property(alias, type?.property);
}

export function typeOf({ place, merging }: MergedMapping, value: CypherValue | undefined): string {
  if (merging.entities.type !== 'labels') return typeof value === 'string' ? value : '';
  const labels = (isList(value) ? value : []).filter((one) => typeof one === 'string');
  return labels
    .filter((label) => label !== place.entities.label)
    .sort()
    .join(' ');
}

export function textOf(value: CypherValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Values that can be compared as text, of a list of pairs. */
export function comparableProperties(value: Row[string] | undefined): Record<string, string> {
  const pairs = (isList(value) ? value : []).flatMap((pair): [string, string][] => {
    const [name, of] = isList(pair) ? pair : [];
    if (typeof name !== 'string') return [];
    if (typeof of === 'string') return [[name, of]];
    return typeof of === 'number' || typeof of === 'bigint' || typeof of === 'boolean' ? [[name, String(of)]] : [];
  });
  return Object.fromEntries(pairs);
}

export function vectorOf(value: CypherValue | undefined): readonly number[] | null {
  const parts = value instanceof Typed && value.type === 'vector' ? value.parts : value;
  if (!isList(parts) || parts.length === 0) return null;
  const numbers = parts.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}
