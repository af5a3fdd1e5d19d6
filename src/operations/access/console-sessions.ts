import { hash, randomBytes } from 'node:crypto';
import { addSecret, deleteSession, findSession, takeLink } from '../../state/installation/console-sessions.ts';
import { findUsableToken, findUsableTokenByName } from '../../state/installation/tokens.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { authenticate, type Principal, principalOf } from './tokens.ts';

/** A session of the console, which acts for a token without the browser having it. */
export interface ConsoleSession {
  readonly principal: Principal;
  readonly expiresAt: Date;
}

/** For a link that is printed and clicked. */
const linkMinutes = 10;
const sessionMinutes = 12 * 60;
const secretBytes = 32;

/**
 * Returns the secret of a link that signs in once, as the token of this name. A link is short-lived because it is printed
 * where others may read it.
 */
export async function createSignInLink(context: DatabaseContext, tokenName: string): Promise<string> {
  await installationOf(context);
  const token = await findUsableTokenByName(context.parts.db, tokenName);
  if (token === null) {
    const hint = 'See coppice token list, or make a token: coppice token create NAME --scope admin.';
    throw new OperationError('missing', 'UnknownTokenError', `no token in use is called '${tokenName}'`, hint);
  }
  const secret = newSecret();
  await addSecret(context.parts.db, 'coppice.console_links', {
    ...{ hash: sessionDigest(secret), tokenId: token.id, minutes: linkMinutes },
  });
  return secret;
}

/** Opens a session for the bearer of a token or of a link. Returns `null` where neither is valid. */
export async function openConsoleSession(
  context: DatabaseContext,
  given: { readonly token: string } | { readonly link: string },
): Promise<(ConsoleSession & { readonly secret: string }) | null> {
  await installationOf(context);
  const { db } = context.parts;
  const principal =
    'token' in given ? await authenticate(context, given.token) : await bearerOfLink(context, given.link);
  if (principal === null) return null;
  const secret = newSecret();
  const expiresAt = await addSecret(db, 'coppice.console_sessions', {
    ...{ hash: sessionDigest(secret), tokenId: principal.id, minutes: sessionMinutes },
  });
  return { principal, expiresAt, secret };
}

async function bearerOfLink({ parts: { db } }: DatabaseContext, link: string): Promise<Principal | null> {
  const tokenId = await takeLink(db, sessionDigest(link));
  const token = tokenId === null ? null : await findUsableToken(db, tokenId);
  return token === null ? null : principalOf(token);
}

/** The session of this secret; `null` where it, or its token, has ended. */
export async function findConsoleSession({ parts }: DatabaseContext, secret: string): Promise<ConsoleSession | null> {
  const found = await findSession(parts.db, sessionDigest(secret));
  return found === null ? null : { principal: principalOf(found.token), expiresAt: found.expiresAt };
}

export async function closeConsoleSession({ parts }: DatabaseContext, secret: string): Promise<void> {
  await deleteSession(parts.db, sessionDigest(secret));
}

/** Whether a token may still be used, for what has been open for a while. */
export async function isTokenUsable({ parts }: DatabaseContext, tokenId: string): Promise<boolean> {
  return (await findUsableToken(parts.db, tokenId)) !== null;
}

function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** The digest that a session is kept by. 256 random bits need no slow hash: there is nothing to guess. */
export function sessionDigest(secret: string): string {
  return hash('sha256', secret);
}
