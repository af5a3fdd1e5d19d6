import type { GraphTime, VectorClass } from '../../../domain/graph-mapping.ts';
import { dateOf, isoDate } from '../../iso-date.ts';
import type { ListedVector } from '../../ports/graph-vectors.ts';

type Properties = Readonly<Record<string, unknown>>;

/** Describes an object; `null` where it has no id. */
export function listedOf(of: VectorClass, group: string, uuid: string, properties: Properties): ListedVector | null {
  const id = of.id === null ? uuid : textOf(properties, of.id);
  if (id === null) return null;
  return {
    group,
    id,
    document: textOf(properties, of.document),
    entity: textOf(properties, of.entity),
    createdAt: timeOf(properties, of.createdAt),
    deprecatedAt: timeOf(properties, of.deprecatedAt),
    dates: datesOf(of, properties),
  };
}

/** An absent property is null. */
export function textOf(properties: Properties, name: string | null): string | null {
  const value = name === null ? null : properties[name];
  return value === null || value === undefined ? null : String(value);
}

/** A value that cannot be read makes nothing stale. */
function timeOf(properties: Properties, field: GraphTime | null): Date | null {
  const value = field === null ? null : properties[field.property];
  if (field?.type === 'epoch_ms') return typeof value === 'number' ? dateOf(Math.ceil(value)) : null;
  return typeof value === 'string' ? isoDate(value) : null;
}

export function datesOf({ createdAt, deprecatedAt }: VectorClass, properties: Properties): string {
  return [createdAt, deprecatedAt].map((field) => textOf(properties, field?.property ?? null) ?? '').join('|');
}

/** As the application would write it. */
export function writtenTime(at: Date, { type }: GraphTime): string | number {
  return type === 'epoch_ms' ? at.getTime() : at.toISOString();
}
