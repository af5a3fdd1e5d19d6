import type { LiveTable } from './live-tables.ts';
import type { MetadataKey, MetadataKeys } from './metadata-keys.ts';
import { isPathKey } from './names.ts';

/** How names say that a row or a document lasts until then. Other dates never do. */
const expiry =
  /expir|valid_?(until|to|through)|best_?before|(delete|purge|remove)_?(after|at|on)$|(retain|keep)_?until|(^|_)ttl($|_)/i;
/** Whether a name says that what has it lasts until then. */
export function namesExpiry(name: string): boolean {
  return expiry.test(name);
}

/** How names say that a row came or was looked at then. */
const arrival = /(^|_)(creat|fetch|crawl|index|ingest|import|load|updat|add)\w*?(_?(at|on|date|time))?$/i;

/** A date key that can be mapped, as `coppice.yaml` writes it. */
export interface DateKey {
  readonly key: string;
  readonly type: 'date' | 'iso_text' | 'epoch_s' | 'epoch_ms';
}

/** Of the keys whose values look like dates, the commonest whose name says what is asked for. */
export function expiryKey(sample: MetadataKeys | null): DateKey | null {
  return dateKey(sample, (name) => expiry.test(name));
}

export function arrivalKey(sample: MetadataKeys | null): DateKey | null {
  return dateKey(sample, (name) => arrival.test(name) && !expiry.test(name));
}

function dateKey(sample: MetadataKeys | null, fits: (name: string) => boolean): DateKey | null {
  for (const one of sample?.keys ?? []) {
    const type = fits(one.name) && isPathKey(one.name) ? typeOfValues(one) : null;
    if (type !== null) return { key: one.name, type };
  }
  return null;
}

/** Of at least half of the values. */
function typeOfValues({ count, dates, days, seconds, milliseconds }: MetadataKey): DateKey['type'] | null {
  if (dates * 2 >= count) return days === dates ? 'date' : 'iso_text';
  if (seconds * 2 >= count) return 'epoch_s';
  return milliseconds * 2 >= count ? 'epoch_ms' : null;
}

const types: Readonly<Record<string, string | null>> = {
  'timestamp with time zone': null,
  'timestamp without time zone': 'naive',
  date: 'date',
  text: 'iso_text',
  'character varying': 'iso_text',
};

const numbers = /^(smallint|integer|bigint|real|double precision|numeric)$/;

export interface ExpiryColumn {
  readonly name: string;
  /** The type that a mapping has to name; `null` where the default is right. */
  readonly type: string | null;
  /** Whether a mapping can name the type. Of a number its values tell whether it counts seconds or milliseconds. */
  readonly readable: boolean | 'number';
}

/** The columns by which rows of a table nobody knows might expire. */
export function expiryColumns(table: LiveTable): ExpiryColumn[] {
  return table.columns
    .filter((column) => expiry.test(column.name))
    .map(({ name, type }) => ({
      name,
      type: types[type] ?? null,
      readable: type in types || (numbers.test(type) && 'number'),
    }));
}
