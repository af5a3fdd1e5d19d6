/**
 * Classes of SQLSTATE whose messages name objects, settings and limits, and no value of a row: connection, transaction
 * state, authorization, syntax and names, conflicts, resources, intervention by an operator.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const nameObjectsOnly = new Set(['08', '0A', '23', '25', '28', '3D', '3F', '40', '42', '53', '54', '55', '57', '58']);

/** Condition names of the states that functions and data raise most. */
const conditions: Readonly<Record<string, string>> = {
  '22001': 'string data too long',
  '22003': 'numeric value out of range',
  '22007': 'invalid datetime format',
  '22008': 'datetime field overflow',
  '22012': 'division by zero',
  '22021': 'character not in the encoding',
  '22023': 'invalid parameter value',
  '22030': 'duplicate JSON object key value',
  '22P02': 'invalid text representation',
  '22P05': 'untranslatable character',
  '23502': 'not-null violation',
  '23503': 'foreign key violation',
  '23505': 'unique violation',
  '23514': 'check violation',
  '23P01': 'exclusion violation',
  P0001: 'an exception raised by a function',
};

const identifier = /^[^\s'"]{1,63}$/u;

/**
 * The message of a server's error without values of rows. PostgreSQL quotes values in data exceptions, and a function can
 * raise an error of any code with any text; such a message is replaced by the code, the condition and the names of the
 * objects that the server reports. Dead letters, logs and Temporal's history keep this text.
 */
export function textWithoutValues(error: Error, code: string | null): string {
  if (code === null || !/^[0-9A-Z]{5}$/.test(code)) return error.message;
  const raisedInside = field(error, 'where') !== null;
  if (nameObjectsOnly.has(code.slice(0, 2)) && !raisedInside) return error.message;
  const table = named(error, 'table');
  const schema = named(error, 'schema');
  const parts = [
    table === null ? null : `table ${schema === null ? table : `${schema}.${table}`}`,
    prefixed('column', named(error, 'column')),
    prefixed('constraint', named(error, 'constraint')),
    prefixed('function', functionOf(field(error, 'where'))),
  ].filter((part) => part !== null);
  const condition = conditions[code] ?? 'error';
  return `${condition} (${code})${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

function field(error: Error, name: string): string | null {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A function may put any text where the server puts a name. */
export function named(error: Error, name: string): string | null {
  const value = field(error, name);
  return value !== null && identifier.test(value) ? value : null;
}

function functionOf(where: string | null): string | null {
  return /(?:^|\n)PL\/\w+ function "?([\p{L}_][\p{L}\p{N}_.]{0,126})"?(?:\(| line|$)/u.exec(where ?? '')?.[1] ?? null;
}

function prefixed(kind: string, name: string | null): string | null {
  return name === null ? null : `${kind} ${name}`;
}
