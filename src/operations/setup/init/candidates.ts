import { isMappableName } from '../../../config/shapes.ts';
import type { Tx } from '../../../database/schema.ts';
import { marksDeletion } from '../../../domain/soft-delete.ts';
import { type ExpiryColumn, expiryColumns, expiryKey } from './dates.ts';
import type { SettingLine } from './findings.ts';
import { isJson, isVector, type LiveTable } from './live-tables.ts';
import { epochOf, type MetadataKeys, metadataKeys, shareOf } from './metadata-keys.ts';
import { isPathKey } from './names.ts';

/** A mapping for a table that nobody knows, or why there is none; `null` where nothing in it says that a row expires. */
export type Guess = { readonly by: string; readonly lines: readonly SettingLine[] } | { readonly why: string } | null;

/** Facts about a table that its sampled values tell. */
export interface Samples {
  /** Keys of its JSON columns, in the order of the columns. */
  readonly keys: ReadonlyMap<string, MetadataKeys | null>;
  /** Its columns of numbers or text whose names say that a row expires, with what they count. */
  readonly epochs: ReadonlyMap<string, 'epoch_s' | 'epoch_ms' | null>;
}

export async function sample(tx: Tx, table: LiveTable): Promise<Samples> {
  const keys = new Map<string, MetadataKeys | null>();
  const epochs = new Map<string, 'epoch_s' | 'epoch_ms' | null>();
  for (const { name, type } of table.columns) {
    if (isJson(type) && isMappableName(name)) keys.set(name, await metadataKeys(tx, table, name));
  }
  for (const { name, readable, type } of expiryColumns(table)) {
    const isText = type === 'iso_text';
    if (readable === 'number' || isText) epochs.set(name, await epochOf(tx, table, { name, isText }));
  }
  return { keys, epochs };
}

export function guess(table: LiveTable, samples: Samples): Guess {
  const columns = expiryColumns(table).map((one) => {
    const epoch = samples.epochs.get(one.name) ?? null;
    return one.readable === 'number' || epoch !== null ? { ...one, type: epoch } : one;
  });
  const paths = columns.length > 0 ? [] : expiryPaths(samples);
  if (columns.length === 0 && paths.length === 0) return null;
  if (!isMappableName(table.schema) || !isMappableName(table.name))
    return { why: 'its name has a dot or a control character' };
  const column = columns.find((one) => isMappable(one) && isMappableName(one.name));
  const due = column === undefined ? paths[0] : columnOf(column);
  if (due === undefined) return { why: 'its date is of a type, or has a name, that a mapping cannot express' };
  if (table.key.length === 0 || !table.key.every(isMappableName)) {
    return { why: 'it has no primary key of columns that a mapping can name' };
  }
  const vector = table.columns.find((one) => isVector(one.type) && isMappableName(one.name))?.name;
  return {
    by: due.by,
    lines: [
      plainLine('table', `${table.schema}.${table.name}`),
      plainLine('id', table.key.length === 1 ? table.key[0] : table.key),
      ownerLine(table, samples),
      plainLine('expires_at', due.value),
      ...(vector === undefined ? [] : [plainLine('vectors', { in: 'row', column: vector })]),
      ...softDeleteLines(table),
    ],
  };
}

/** Lines for a person to choose: whether marked rows are the only ones that Coppice removes is for the application to say. */
function softDeleteLines({ columns }: LiveTable): SettingLine[] {
  const mark = columns.find(({ name, type }) => type === 'boolean' && isMappableName(name) && marksDeletion(name));
  if (mark === undefined) return [];
  const comments = [
    `Removes none but the rows that ${mark.name} marks, and measures the share of them of the whole table.`,
  ];
  return [
    { ...plainLine('filter', { [mark.name]: 'true' }), comments, off: true },
    { ...plainLine('share_of', 'table'), off: true },
  ];
}

interface Due {
  readonly by: string;
  readonly value: unknown;
}

function isMappable({ readable, type }: ExpiryColumn): boolean {
  return readable === 'number' ? type !== null : readable;
}

function columnOf({ name, type }: ExpiryColumn): Due {
  return { by: name, value: type === null ? name : { column: name, type } };
}

function expiryPaths({ keys }: Samples): Due[] {
  return [...keys].flatMap(([column, found]) => {
    const key = expiryKey(found);
    if (key === null) return [];
    const path = `${column}.${key.key}`;
    return [{ by: path, value: { path, type: key.type } }];
  });
}

const owners =
  /^(workspace|tenant|org|organi[sz]ation|user|customer|account|namespace|owner|group|project|team)(_?(id|name))?$/i;

/** A column before a key, and a key only where nearly every row has it: rows without an owner are never touched. */
function ownerLine(table: LiveTable, { keys }: Samples): SettingLine {
  const column = table.columns.find((one) => owners.test(one.name))?.name;
  if (column !== undefined) return plainLine('workspace', column);
  for (const [json, found] of keys) {
    const key = found?.keys.find(({ name }) => owners.test(name) && isPathKey(name) && shareOf(found, name) >= 0.9);
    if (key !== undefined) return plainLine('workspace', { path: `${json}.${key.name}` });
  }
  return {
    key: 'workspace',
    value: 'CHANGE_ME',
    comments: ['The column, or {path: COLUMN.KEY}, that names the owner of a row.'],
  };
}

function plainLine(key: string, value: unknown): SettingLine {
  return { key, value, comments: [] };
}
