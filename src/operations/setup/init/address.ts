import { OperationError } from '../../errors.ts';

const placeholder = '...';

/** The address with every secret in it left out, for a person to read and to fill in again. */
export function withoutSecrets(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = placeholder;
  for (const name of [...url.searchParams.keys()]) {
    if (/pass|secret|key|token/i.test(name)) url.searchParams.set(name, placeholder);
  }
  return url.href;
}

/** Refuses what cannot be an address of PostgreSQL, without repeating it: it may hold a password. */
export function checkAddress(address: string | null): string {
  if (address === null) {
    throw new OperationError(
      'usage',
      'NoDatabaseError',
      'there is no database to look at',
      'Name it with --database-url postgres://USER:PASSWORD@HOST/DATABASE, or set DATABASE_URL.',
    );
  }
  const [, driver] = /^postgres(?:ql)?\+(\w+):\/\//.exec(address) ?? [];
  if (driver !== undefined) {
    throw invalid(`The address names SQLAlchemy's driver ${driver}: leave out "+${driver}".`);
  }
  if (!/^postgres(ql)?:\/\//.test(address) || !URL.canParse(address)) {
    throw invalid('It has to be postgres://USER:PASSWORD@HOST:PORT/DATABASE; encode special characters as in %40.');
  }
  return address;
}

function invalid(hint: string): OperationError {
  return new OperationError(
    'usage',
    'DatabaseAddressError',
    'the address of the database is not a PostgreSQL URL',
    hint,
  );
}
