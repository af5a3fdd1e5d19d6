import type { LiveTable } from './live-tables.ts';
import type { MetadataKeys } from './metadata-keys.ts';
import { isPathKey } from './names.ts';

/** How names say that a row or a document lasts until then. Other dates never do. */
const expiry =
  /expir|valid_?(until|to|through)|best_?before|(delete|purge|remove)_?(after|at|on)$|(retain|keep)_?until|(^|_)ttl($|_)/i;
/** How names say that a row came or was looked at then. */
const arrival = /(^|_)(creat|fetch|crawl|index|ingest|import|load|updat|add)\w*?(_?(at|on|date|time))?$/i;

export function saysExpiry(name: string): boolean {
  return expiry.test(name);
}

/** A date key that can be mapped, as `coppice.yaml` writes it. */
export interface DateKey {
  readonly key: string;
  readonly type: 'date' | 'iso_text';
}

/** Of the keys whose values look like dates, the commonest whose name says what is asked for. */
export function expiryKey(sample: MetadataKeys | null): DateKey | null {
  return dateKey(sample, (name) => expiry.test(name));
}

export function arrivalKey(sample: MetadataKeys | null): DateKey | null {
  return dateKey(sample, (name) => arrival.test(name) && !expiry.test(name));
}

function dateKey(sample: MetadataKeys | null, fits: (name: string) => boolean): DateKey | null {
  const found = sample?.keys.find((one) => fits(one.name) && isPathKey(one.name) && one.dates * 2 >= one.count);
  if (found === undefined) return null;
  return { key: found.name, type: found.days === found.dates ? 'date' : 'iso_text' };
}

const types: Readonly<Record<string, string | null>> = {
  'timestamp with time zone': null,
  'timestamp without time zone': 'naive',
  date: 'date',
  text: 'iso_text',
  'character varying': 'iso_text',
};

/** The columns by which rows of a table nobody knows might expire, with the type that a mapping has to name. */
export function expiryColumns(table: LiveTable): { name: string; type: string | null; readable: boolean }[] {
  return table.columns
    .filter((column) => expiry.test(column.name))
    .map(({ name, type }) => ({ name, type: types[type] ?? null, readable: type in types }));
}
