import { isIP } from 'node:net';
import { z } from 'zod';
import { timeTypes } from '../domain/mapping.ts';

/** Names and times as several sections of `coppice.yaml` write them. */

export const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain identifier (letters, digits, underscore)');
export const tableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/, 'must be a table name, or schema.table');
/** A name in PostgreSQL. It holds no dot, because a dot parts schema and table, and column and key. */
const name = '[^.\\p{C}\\p{Zl}\\p{Zp}]+';
const isName = new RegExp(`^${name}$`, 'u');
/** Names of an application's rows. SQL quotes them, so that they need not be identifiers. */
export const columnName = z.string().regex(isName, 'must be a column name (no dots)');
export const rowsTable = z
  .string()
  .regex(new RegExp(`^${name}(\\.${name})?$`, 'u'), 'must be a table name, or schema.table');
export const columnOrKey = z
  .string()
  .regex(new RegExp(`^${name}(\\.[^.]+)*$`, 'u'), 'must be a column, or column.key of a JSON column');
export const path = z
  .string()
  .regex(new RegExp(`^${name}(\\.[^.]+)+$`, 'u'), 'must be column.key, the key of a JSON column');

/** Whether a mapping can contain the name. */
export function isMappableName(text: string): boolean {
  return isName.test(text);
}

export const className = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9_]*$/, 'must be a Weaviate class name (starts with a capital)');

const timeOptions = {
  type: z.enum(timeTypes).optional(),
  zone: z.string().refine(isZone, 'must be an IANA time zone, such as Europe/Berlin').optional(),
};
const timeFieldOf = (column: z.ZodString) =>
  z.union([column, z.strictObject({ column, ...timeOptions }), z.strictObject({ path, ...timeOptions })]);
export const timeField = timeFieldOf(identifier);
export const rowTime = timeFieldOf(columnName);

/** An IP address, or a network in CIDR notation. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
