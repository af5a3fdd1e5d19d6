import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { claimOf, type IdentitySettings, rightsOf } from '../../domain/identity.ts';
import { OperationError } from '../errors.ts';
import type { Principal } from './tokens.ts';

/** Only signatures that the holder of a public key cannot make: a key of the provider is no shared secret. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const clockToleranceSeconds = 30;
const timeoutMs = 5_000;
/** After a failure, for so long the provider is not asked again. */
const pauseMs = 5_000;
const longestName = 200;
const tokenForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** The provider's keys cannot be read now: its tokens can be neither accepted nor refused. */
export class IdentityProviderError extends Error {
  override readonly name = 'IdentityProviderError';
  readonly hint: string;
  constructor(issuer: string, reason: string, cause?: unknown) {
    super(`the identity provider ${issuer} ${reason}`, { cause });
    this.hint = 'Check api.oidc.issuer and the way to it from this machine; tokens of coppice token work meanwhile.';
  }
}

interface Keys {
  readonly find: JWTVerifyGetKey;
  reload(): Promise<void>;
  count(): number;
}

/**
 * Users of an OpenID Connect provider: verifies the access tokens that it signs (RFC 9068 and JWTs alike), and gives their
 * subjects the rights that the configuration names. Keys are read from the provider when the first token comes, and again
 * when a token names a key that is not among them.
 */
export class IdentityProvider {
  readonly #settings: IdentitySettings;
  #keys: Promise<Keys> | null = null;
  #failure: { readonly error: IdentityProviderError; readonly untilMs: number } | null = null;

  constructor(settings: IdentitySettings) {
    this.#settings = settings;
  }

  /** Whether the text has the form of a token that a provider signs. */
  static isSigned(text: string): boolean {
    return tokenForm.test(text);
  }

  /**
   * The bearer of an access token; `null`: it is not valid here. Throws `UnknownUserError` where the token is valid and the
   * configuration gives its user no rights, and `IdentityProviderError` where that cannot be known now.
   */
  async authenticate(token: string): Promise<Principal | null> {
    const { issuer, audience, nameClaim, users } = this.#settings;
    const jose = await import('jose');
    const keys = await this.#read();
    let claims: JWTPayload;
    try {
      const options = { issuer, audience, algorithms, clockTolerance: clockToleranceSeconds };
      claims = (await jose.jwtVerify(token, keys.find, { ...options, requiredClaims: ['sub', 'exp'] })).payload;
    } catch (error) {
      // Keys that are known still serve: a token with an invented key must not keep valid ones out.
      if (isUnread(error, jose.errors)) throw this.#unreadKeys(error, { pause: keys.count() === 0 });
      return null;
    }
    const { sub, exp } = claims;
    if (sub === undefined || exp === undefined || sub === '') return null;
    const rights = rightsOf(claims, users);
    if (rights === null) {
      const hint = 'A rule of api.oidc.users has to name the subject, or a claim that the token has.';
      const message = `the user ${shortened(sub)} has no rights here`;
      throw new OperationError('forbidden', 'UnknownUserError', message, hint);
    }
    const named = claimOf(claims, nameClaim);
    const name = shortened(typeof named === 'string' && named !== '' ? named : sub);
    return { id: `user ${sub}`, kind: 'user', name, ...rights, expiresAt: new Date(exp * 1000) };
  }

  /** Reads the provider's keys anew; says how many there are. */
  async probe(): Promise<string> {
    const keys = await this.#read();
    try {
      await keys.reload();
    } catch (error) {
      throw this.#unreadKeys(error, { pause: false });
    }
    return `${this.#settings.issuer}, ${keys.count()} keys`;
  }

  async #read(): Promise<Keys> {
    if (this.#failure !== null && performance.now() < this.#failure.untilMs) throw this.#failure.error;
    this.#keys ??= this.#discover();
    try {
      return await this.#keys;
    } catch (error) {
      this.#keys = null;
      throw error instanceof IdentityProviderError ? error : this.#failed('does not answer', error);
    }
  }

  /** OpenID Connect Discovery 1.0, section 4. */
  async #discover(): Promise<Keys> {
    const { issuer } = this.#settings;
    const jose = await import('jose');
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw this.#failed(`answers ${response.status} to ${address}`);
    const read = metadata.safeParse(await response.json());
    if (!read.success) throw this.#failed(`has no jwks_uri in ${address}`);
    if (read.data.issuer !== issuer)
      throw this.#failed(`calls itself ${shortened(read.data.issuer)}: write the name so`);
    const keys = jose.createRemoteJWKSet(new URL(read.data.jwks_uri), { timeoutDuration: timeoutMs });
    return { find: keys, reload: () => keys.reload(), count: () => keys.jwks()?.keys.length ?? 0 };
  }

  #unreadKeys(cause: unknown, { pause }: { readonly pause: boolean }): IdentityProviderError {
    const reason = 'does not answer with its keys';
    return pause ? this.#failed(reason, cause) : new IdentityProviderError(this.#settings.issuer, reason, cause);
  }

  #failed(reason: string, cause?: unknown): IdentityProviderError {
    const error = new IdentityProviderError(this.#settings.issuer, reason, cause);
    this.#failure = { error, untilMs: performance.now() + pauseMs };
    return error;
  }
}

/** Whether the keys could not be read. Every other error is one of the token. */
function isUnread(error: unknown, errors: typeof import('jose').errors): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === errors.JOSEError.code
  );
}

/** One line without control characters and direction marks, fit to be recorded. */
function shortened(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, longestName);
}
