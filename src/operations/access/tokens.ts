import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Scope, type View, viewLists } from '../../domain/access.ts';
import { whyNoGroupId } from '../../domain/group-id.ts';
import { sessionHashes } from '../../state/installation/console-sessions.ts';
import {
  addToken,
  findUsableToken,
  hasUsableToken,
  listTokens as read,
  revokeToken,
  type Token,
  usableHashes,
} from '../../state/installation/tokens.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface TokenJson {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly workspaces: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly users: readonly string[] | null;
  readonly entities: readonly string[] | null;
  /** Whether it shows what the ledger holds of rows, not only the ids. */
  readonly content: boolean;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** Shown once: only its hash is kept. */
export type CreatedTokenJson = TokenJson & { readonly token: string };

export interface TokenRequest extends View {
  readonly name: string;
  readonly scope: Scope;
  /** Absent: no. */
  readonly content?: boolean;
  readonly expiresInDays: number | null;
}

/** Bearer of a token, or a user whom the identity provider vouches for. */
export interface Principal {
  readonly id: string;
  readonly kind: 'token' | 'user';
  readonly name: string;
  readonly scope: Scope;
  readonly view: View;
  /** Whether it shows what the ledger holds of rows, not only the ids. */
  readonly content: boolean;
  /** When the token ends; `null`: it does not. */
  readonly expiresAt: Date | null;
}

const form = /^coppice_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
const secretBytes = 32;
const idBytes = 6;

export async function createToken(context: DatabaseContext, request: TokenRequest): Promise<CreatedTokenJson> {
  await installationOf(context);
  const { name } = request;
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,99}$/u.test(name)) {
    const hint = 'Letters, digits, spaces and . _ @ -, a hundred at most.';
    throw new OperationError('usage', 'InvalidTokenNameError', `'${name}' cannot be the name of a token`, hint);
  }
  for (const group of request.groups ?? []) {
    const problem = whyNoGroupId(group);
    if (problem !== null) throw new OperationError('usage', 'GroupIdError', problem);
  }
  for (const [kind, list] of Object.entries(viewLists)) {
    if (request[list]?.includes('') !== true) continue;
    throw new OperationError('usage', 'EmptyNameError', `a token cannot be limited to a ${kind} without a name`);
  }
  const id = randomBytes(idBytes).toString('hex');
  const secret = `coppice_${id}_${randomBytes(secretBytes).toString('base64url')}`;
  const token = await addToken(context.parts.db, { ...request, id, hash: hashOf(secret) });
  if (token === null) {
    const hint = `Choose another name, or first: coppice token revoke ${JSON.stringify(name)}`;
    throw new OperationError('conflict', 'TokenExistsError', `there is a token '${name}' already`, hint);
  }
  return { ...toJson(token), token: secret };
}

/** Revoked and expired ones too: they say who could do what, and when. */
export async function listTokens(context: DatabaseContext): Promise<TokenJson[]> {
  await installationOf(context);
  return (await read(context.parts.db)).map(toJson);
}

export async function dropToken(context: DatabaseContext, idOrName: string): Promise<TokenJson> {
  await installationOf(context);
  const token = await revokeToken(context.parts.db, idOrName);
  if (token !== null) return toJson(token);
  const hint = 'See coppice token list.';
  throw new OperationError('missing', 'UnknownTokenError', `no token in use is called '${idOrName}'`, hint);
}

export async function hasToken(context: DatabaseContext): Promise<boolean> {
  await installationOf(context);
  return hasUsableToken(context.parts.db);
}

/** The bearer of a token, or `null`. Found by the public part, compared in constant time by the whole. */
export async function authenticate(context: DatabaseContext, secret: string): Promise<Principal | null> {
  const [, id] = form.exec(secret) ?? [];
  if (id === undefined) return null;
  const token = await findUsableToken(context.parts.db, id);
  if (token === null) return null;
  const [given, kept] = [Buffer.from(hashOf(secret), 'hex'), Buffer.from(token.hash, 'hex')];
  if (given.length !== kept.length || !timingSafeEqual(given, kept)) return null;
  return principalOf(token);
}

/** Returns the rights that a token gives its bearer. */
export function principalOf(token: Token): Principal {
  const { id, name, scope, workspaces, groups, users, entities, content, expires_at: expiresAt } = token;
  return { id, kind: 'token', name, scope, view: { workspaces, groups, users, entities }, content, expiresAt };
}

/** The digest that a token is kept by; `null`: the text does not have the form of a token. */
export function tokenDigest(secret: string): string | null {
  return form.test(secret) ? hashOf(secret) : null;
}

/** Digests of all tokens and sessions that may be used now. */
export async function usableDigests({ parts: { db } }: DatabaseContext): Promise<ReadonlySet<string>> {
  return new Set([...(await usableHashes(db)), ...(await sessionHashes(db))]);
}

/** 256 random bits need no slow hash: there is nothing to guess. */
function hashOf(secret: string): string {
  return hash('sha256', secret);
}

function toJson(token: Token): TokenJson {
  const { id, name, scope, workspaces, groups, users, entities, content } = token;
  return {
    id,
    name,
    scope,
    workspaces,
    groups,
    users,
    entities,
    content,
    created_at: token.created_at.toISOString(),
    expires_at: token.expires_at?.toISOString() ?? null,
    revoked_at: token.revoked_at?.toISOString() ?? null,
  };
}
