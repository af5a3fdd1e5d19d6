import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An OpenID Connect provider on this machine: its metadata, its keys, and tokens that it signs. */
export interface TestProvider {
  readonly issuer: string;
  /** Requests that it has received. */
  readonly requests: readonly string[];
  /** Answers everything with this status until it is null again. */
  status: number | null;
  /** What the metadata says instead of what is true. */
  metadata: object;
  /** From now on it signs with a new key, and names the new one alone. */
  rotate(): Promise<void>;
  sign(claims: JWTPayload, header?: { readonly alg?: string; readonly kid?: string }): Promise<string>;
  /** The public key as JSON, as the provider publishes it. */
  publicKey(): object;
  close(): Promise<void>;
}

const algorithm = 'ES256';

export async function startTestProvider(): Promise<TestProvider> {
  let keys = await generateKeyPair(algorithm);
  let no = 0;
  let published: object = {};
  const publish = async () => {
    no += 1;
    published = { ...(await exportJWK(keys.publicKey)), kid: `key-${no}`, alg: algorithm, use: 'sig' };
  };
  await publish();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const answer = request.url === '/keys' ? { keys: [published] } : metadata();
    const status = provider.status ?? 200;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(status === 200 ? JSON.stringify(answer) : 'no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The server listens on TCP, whose address is no text.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = () => ({ issuer, jwks_uri: `${issuer}/keys`, ...provider.metadata });
  const provider: TestProvider = {
    issuer,
    requests,
    status: null,
    metadata: {},
    rotate: async () => {
      keys = await generateKeyPair(algorithm);
      await publish();
    },
    sign: (claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer, aud: 'coppice', iat: now, exp: now + 600, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: algorithm, kid: `key-${no}`, ...header })
        .sign(keys.privateKey);
    },
    publicKey: () => published,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}
