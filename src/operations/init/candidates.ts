import { expiryColumns } from './dates.ts';
import type { SettingLine } from './findings.ts';
import { isVector, type LiveTable } from './live-tables.ts';
import { isPlain } from './names.ts';

const owners =
  /^(workspace|tenant|org|organi[sz]ation|user|customer|account|namespace|owner|group|project|team)(_?(id|name))?$/i;

/** A mapping for a table that nobody knows, or why there is none; `null` where nothing in it says that a row expires. */
export type Guess =
  | { readonly column: string; readonly lines: readonly SettingLine[] }
  | { readonly why: string }
  | null;

export function guess(table: LiveTable): Guess {
  const found = expiryColumns(table);
  const [first] = found;
  if (first === undefined) return null;
  if (!isPlain(table.schema) || !isPlain(table.name)) return { why: 'its name is not a plain identifier' };
  const due = found.find((one) => one.readable && isPlain(one.name));
  if (due === undefined) return { why: 'its date is of a type, or has a name, that a mapping cannot say' };
  if (table.key === null || !isPlain(table.key)) return { why: 'it has no primary key of one plainly named column' };
  const owner = table.columns.find((one) => owners.test(one.name))?.name;
  const vector = table.columns.find((one) => isVector(one.type) && isPlain(one.name))?.name;
  return {
    column: due.name,
    lines: [
      { key: 'table', value: `${table.schema}.${table.name}`, comments: [] },
      { key: 'id', value: table.key, comments: [] },
      {
        key: 'workspace',
        value: owner ?? 'CHANGE_ME',
        comments: owner === undefined ? ['The column that says whose a row is.'] : [],
      },
      { key: 'expires_at', value: due.type === null ? due.name : { column: due.name, type: due.type }, comments: [] },
      ...(vector === undefined ? [] : [{ key: 'vectors', value: { in: 'row', column: vector }, comments: [] }]),
    ],
  };
}
