import { chownSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../src/local/run-tool.ts';
import { postgresUser } from '../../tools/servers/postgres-install.ts';

const timeoutMs = 30_000;

export interface Certificates {
  /** The authority that signed the server and the client. */
  readonly authority: string;
  /** An authority that signed neither. */
  readonly other: string;
  readonly server: { readonly cert: string; readonly key: string };
  /** Its common name is `mtls`. */
  readonly client: { readonly cert: string; readonly key: string };
}

/** Makes an authority with a certificate for host `localhost` and one for user `mtls`. The server's user may read them all. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const authority = await selfSigned(folder, 'authority');
  const other = await selfSigned(folder, 'other');
  const server = await signed(folder, authority, 'localhost', 'subjectAltName=DNS:localhost');
  const client = await signed(folder, authority, 'mtls', 'extendedKeyUsage=clientAuth');
  const user = postgresUser();
  for (const name of user === undefined ? [] : ['', ...readdirSync(folder)]) {
    chownSync(join(folder, name), user?.uid ?? 0, user?.gid ?? 0);
  }
  return { authority: authority.cert, other: other.cert, server, client };
}

async function selfSigned(folder: string, name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  await openssl('req', '-x509', ...newKey(key), '-out', cert, '-days', '2', '-subj', `/CN=${name}`);
  return { cert, key };
}

async function signed(folder: string, by: { cert: string; key: string }, name: string, extension: string) {
  const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) =>
    join(folder, `${name}.${ending}`),
  );
  if (cert === undefined || key === undefined || request === undefined || extensions === undefined)
    throw new Error(name);
  writeFileSync(extensions, extension);
  await openssl('req', '-new', ...newKey(key), '-out', request, '-subj', `/CN=${name}`);
  const authority = ['-CA', by.cert, '-CAkey', by.key, '-CAcreateserial', '-days', '2'];
  await openssl('x509', '-req', '-in', request, ...authority, '-out', cert, '-extfile', extensions);
  return { cert, key };
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
}

async function openssl(...args: string[]): Promise<void> {
  await runTool('openssl', args, { timeoutMs });
}
