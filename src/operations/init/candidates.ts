import { type DateKey, expiryColumns, expiryKey } from './dates.ts';
import type { SettingLine } from './findings.ts';
import { isJson, isVector, type LiveTable } from './live-tables.ts';
import { type MetadataKeys, shareOf } from './metadata-keys.ts';
import { isPathKey, isPlain } from './names.ts';

/** A mapping for a table that nobody knows, or why there is none; `null` where nothing in it says that a row expires. */
export type Guess = { readonly by: string; readonly lines: readonly SettingLine[] } | { readonly why: string } | null;

/** The JSON column of a table of chunks, whose keys may say what columns do not: where there are vectors, there is one. */
export function metadataColumn(table: LiveTable): string | null {
  if (!table.columns.some((one) => isVector(one.type))) return null;
  return table.columns.find((one) => isJson(one.type) && isPlain(one.name))?.name ?? null;
}

/** `sample`: the keys of that JSON column. */
export function guess(table: LiveTable, sample: MetadataKeys | null): Guess {
  const columns = expiryColumns(table);
  const metadata = metadataColumn(table);
  const key = columns.length > 0 || metadata === null ? null : expiryKey(sample);
  if (columns.length === 0 && key === null) return null;
  if (!isPlain(table.schema) || !isPlain(table.name)) return { why: 'its name is not a plain identifier' };
  const column = columns.find((one) => one.readable && isPlain(one.name));
  const due = column === undefined ? pathOf(metadata, key) : columnOf(column);
  if (due === null) return { why: 'its date is of a type, or has a name, that a mapping cannot say' };
  if (table.key === null || !isPlain(table.key)) return { why: 'it has no primary key of one plainly named column' };
  const vector = table.columns.find((one) => isVector(one.type) && isPlain(one.name))?.name;
  return {
    by: due.by,
    lines: [
      plainLine('table', `${table.schema}.${table.name}`),
      plainLine('id', table.key),
      ownerLine(table, metadata, sample),
      plainLine('expires_at', due.value),
      ...(vector === undefined ? [] : [plainLine('vectors', { in: 'row', column: vector })]),
    ],
  };
}

interface Due {
  readonly by: string;
  readonly value: unknown;
}

function columnOf({ name, type }: { readonly name: string; readonly type: string | null }): Due {
  return { by: name, value: type === null ? name : { column: name, type } };
}

function pathOf(column: string | null, key: DateKey | null): Due | null {
  if (column === null || key === null) return null;
  const path = `${column}.${key.key}`;
  return { by: path, value: { path, type: key.type } };
}

const owners =
  /^(workspace|tenant|org|organi[sz]ation|user|customer|account|namespace|owner|group|project|team)(_?(id|name))?$/i;

/** A column before a key, and a key only where nearly every row has it: rows without an owner are never touched. */
function ownerLine(table: LiveTable, metadata: string | null, sample: MetadataKeys | null): SettingLine {
  const column = table.columns.find((one) => owners.test(one.name))?.name;
  if (column !== undefined) return plainLine('workspace', column);
  const key = sample?.keys.find(({ name }) => owners.test(name) && isPathKey(name) && shareOf(sample, name) >= 0.9);
  if (metadata !== null && key !== undefined) return plainLine('workspace', { path: `${metadata}.${key.name}` });
  return {
    key: 'workspace',
    value: 'CHANGE_ME',
    comments: ['The column, or {path: COLUMN.KEY}, that says whose a row is.'],
  };
}

function plainLine(key: string, value: unknown): SettingLine {
  return { key, value, comments: [] };
}
