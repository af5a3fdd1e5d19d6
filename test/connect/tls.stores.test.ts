import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemOfDatabaseUrl } from '../../src/config/database-url.ts';
import { openDatabase } from '../../src/database/database.ts';
import { named } from '../../src/database/errors.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import type { TestServer } from '../../tools/servers/server.ts';
import { describeWithProgram } from '../support/programs.ts';
import { describeOn } from '../support/stores.ts';
import { type Certificates, makeCertificates } from './certificates.ts';

/** By user: `app` needs TLS, `mtls` a client certificate with its name. */
const access = `
host all postgres 127.0.0.1/32 trust
hostssl all app 127.0.0.1/32 trust
hostssl all mtls 127.0.0.1/32 cert
`;

/** Connects and returns whether the connection is encrypted. */
async function connect(url: string): Promise<boolean> {
  const problem = problemOfDatabaseUrl(url);
  if (problem !== null) throw new Error(problem);
  const db = openDatabase({ url });
  try {
    const { rows } = await named(() =>
      sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db),
    );
    return rows[0]?.ssl === true;
  } finally {
    await db.destroy();
  }
}

/** The PostgreSQL of Debian is built with TLS. */
const folders = globSync('/usr/lib/postgresql/*/bin');

describeWithProgram('postgres', 'postgresql', 'TLS to PostgreSQL', suite, folders);

function suite(program: string): void {
  let folder: string;
  let certificates: Certificates;
  let server: TestServer;
  let port: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-tls-'));
    writeFileSync(join(folder, 'pg_hba.conf'), access);
    certificates = await makeCertificates(folder);
    server = await startPostgres({
      log: () => {},
      fast: true,
      bin: dirname(program),
      settings: {
        ssl: 'on',
        ssl_cert_file: certificates.server.cert,
        ssl_key_file: certificates.server.key,
        ssl_ca_file: certificates.authority,
        hba_file: join(folder, 'pg_hba.conf'),
      },
    });
    port = new URL(server.url).port;
    const db = openDatabase({ url: server.url });
    await sql`create role app login`.execute(db);
    await sql`create role mtls login`.execute(db);
    await db.destroy();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function address(user: string, host: string, parameters: Readonly<Record<string, string>>): string {
    return `postgres://${user}@${host}:${port}/postgres?${new URLSearchParams(parameters)}`;
  }
  const verified = () => ({ sslmode: 'verify-full', sslrootcert: certificates.authority });

  it.each([
    ['verify-full with the private authority', 'app', 'localhost', verified],
    [
      'verify-ca, whatever name the certificate has',
      'app',
      '127.0.0.1',
      () => ({ ...verified(), sslmode: 'verify-ca' }),
    ],
    ['require, without any verification', 'app', '127.0.0.1', () => ({ sslmode: 'require' })],
    [
      'a client certificate',
      'mtls',
      'localhost',
      () => ({ ...verified(), sslcert: certificates.client.cert, sslkey: certificates.client.key }),
    ],
  ])('connects with %s', async (_title, user, host, parameters) => {
    expect(await connect(address(user, host, parameters()))).toBe(true);
  });

  it.each([
    [
      'a certificate that nobody known has signed',
      'app',
      'localhost',
      () => ({ sslmode: 'verify-full' }),
      'set sslrootcert=FILE',
    ],
    [
      'a certificate of another authority',
      'app',
      'localhost',
      () => ({ ...verified(), sslrootcert: certificates.other }),
      'not trusted',
    ],
    ['a certificate for another host', 'app', '127.0.0.1', verified, 'use the host name that it names'],
    [
      'no TLS where the server asks for it',
      'app',
      'localhost',
      () => ({ sslmode: 'disable' }),
      'add sslmode=verify-full',
    ],
    [
      'no client certificate where the server asks for it',
      'mtls',
      'localhost',
      verified,
      'add sslcert=FILE and sslkey=FILE',
    ],
  ])('%s is refused in one line that names the server and a remedy', async (_title, user, host, parameters, remedy) => {
    const error = await connect(address(user, host, parameters())).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      name: expect.stringMatching(/^(ConnectionError|StoreRefusedError)$/),
      message: expect.stringContaining(`PostgreSQL at ${host}:${port}`),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(remedy) });
    expect(String(error)).not.toContain('\n');
  });

  it('a certificate file that does not exist is named before anything connects', async () => {
    const url = address('app', 'localhost', { sslmode: 'verify-full', sslrootcert: '/no/such/ca.pem' });
    await expect(connect(url)).rejects.toThrow('sslrootcert: the file /no/such/ca.pem does not exist');
  });
}

describeOn('native', 'TLS to a PostgreSQL that does not offer it', (server) => {
  it('is refused with the remedy', async () => {
    await expect(connect(`${server.url}?sslmode=require`)).rejects.toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('does not offer TLS'),
    });
  });
});
