import { accessSync, constants } from 'node:fs';

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** The reason why the driver cannot use this address of a PostgreSQL server, or `null`. The address itself may hold a password. */
export function problemOfDatabaseUrl(url: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(url)) return 'must start with postgres:// or postgresql://';
  if (/\s/.test(url)) return 'contains a space or a line break: encode it as %20 or %0A, or remove it';
  const authority = url.replace(/^[a-z]+:\/\//, '').split(/[/?#]/)[0] ?? '';
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) {
    return 'names several hosts, which is not supported: give the address of the primary, or of a proxy that knows it';
  }
  if (!URL.canParse(url)) {
    return 'is not a valid URL: encode special characters of user and password, for example # as %23 and / as %2F';
  }
  const { searchParams } = new URL(url);
  const mode = searchParams.get('sslmode');
  if (mode !== null && !sslModes.includes(mode)) return `sslmode must be one of ${sslModes.join(', ')}, not '${mode}'`;
  if (mode === 'verify-ca' && searchParams.get('sslrootcert') === null) {
    return 'sslmode=verify-ca needs the certificate authority: add sslrootcert=FILE, or use sslmode=verify-full';
  }
  return unreadableFile(searchParams);
}

/** The driver reads these files when it connects first, and its error would not name the setting. */
function unreadableFile(parameters: URLSearchParams): string | null {
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const file = parameters.get(name);
    if (file === null || file === 'system') continue;
    try {
      accessSync(file, constants.R_OK);
    } catch {
      return `${name}: the file ${file} does not exist, or cannot be read by this user`;
    }
  }
  return null;
}
