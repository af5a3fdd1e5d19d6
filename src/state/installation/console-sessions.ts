import { type Selectable, sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { TokensTable } from '../../database/schema-tokens.ts';

/** Secrets of the console, kept as digests. Each acts for a token, and only as long as that token may be used. */
export type ConsoleSecrets = 'coppice.console_links' | 'coppice.console_sessions';

export async function addSecret(
  db: Db,
  kind: ConsoleSecrets,
  { hash, tokenId, minutes }: { readonly hash: string; readonly tokenId: string; readonly minutes: number },
): Promise<Date> {
  const { expires_at } = await db
    .insertInto(kind)
    .values({ hash, token_id: tokenId, expires_at: sql<Date>`now() + make_interval(mins => ${minutes}::int)` })
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  return expires_at;
}

/** The id of the link's token; `null` where the link is unknown, used or expired. Of two who use it at once, one succeeds. */
export async function takeLink(db: Db, hash: string): Promise<string | null> {
  const used = await db
    .deleteFrom('coppice.console_links')
    .where('hash', '=', hash)
    .returning(['token_id', sql<boolean>`expires_at > now()`.as('valid')])
    .executeTakeFirst();
  return used?.valid === true ? used.token_id : null;
}

export interface SessionToken {
  readonly token: Selectable<TokensTable>;
  readonly expiresAt: Date;
}

/** The session and its token; `null` where either has ended. */
export async function findSession(db: Db, hash: string): Promise<SessionToken | null> {
  const row = await db
    .selectFrom('coppice.console_sessions as s')
    .innerJoin('coppice.tokens as t', 't.id', 's.token_id')
    .selectAll('t')
    .select('s.expires_at as session_expires_at')
    .where('s.hash', '=', hash)
    .where('s.expires_at', '>', sql<Date>`now()`)
    .where('t.revoked_at', 'is', null)
    .where((where) => where.or([where('t.expires_at', 'is', null), where('t.expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst();
  if (row === undefined) return null;
  const { session_expires_at: expiresAt, ...token } = row;
  return { token, expiresAt };
}

/** Digests of all sessions that have not expired. */
export async function sessionHashes(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('coppice.console_sessions')
    .select('hash')
    .where('expires_at', '>', sql<Date>`now()`)
    .execute();
  return rows.map(({ hash }) => hash);
}

export async function deleteSession(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('coppice.console_sessions').where('hash', '=', hash).execute();
}
