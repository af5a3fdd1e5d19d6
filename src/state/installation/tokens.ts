import { type Selectable, sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { TokensTable } from '../../database/schema-tokens.ts';
import type { Scope, View } from '../../domain/access.ts';

export type Token = Selectable<TokensTable>;

export interface NewToken extends View {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly scope: Scope;
  readonly content?: boolean;
  readonly expiresInDays: number | null;
}

/** Returns `null` where a token of this name is in use. */
export async function addToken(db: Db, token: NewToken): Promise<Token | null> {
  const { id, name, hash, scope, workspaces, groups, users, entities, content = false, expiresInDays: days } = token;
  const expires_at = days === null ? null : sql<Date>`now() + make_interval(secs => ${days * 86_400})`;
  const row = await db
    .insertInto('coppice.tokens')
    .values({ id, name, hash, scope, workspaces, groups, users, entities, content, expires_at, revoked_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** A token that may be used now, by its public id. */
export async function findUsableToken(db: Db, id: string): Promise<Token | null> {
  const row = await usable(db).where('id', '=', id).executeTakeFirst();
  return row ?? null;
}

export async function findUsableTokenByName(db: Db, name: string): Promise<Token | null> {
  const row = await usable(db).where('name', '=', name).executeTakeFirst();
  return row ?? null;
}

export async function usableHashes(db: Db): Promise<string[]> {
  return (await usable(db).execute()).map((token) => token.hash);
}

export async function hasUsableToken(db: Db): Promise<boolean> {
  return (await usable(db).limit(1).executeTakeFirst()) !== undefined;
}

function usable(db: Db) {
  return db
    .selectFrom('coppice.tokens')
    .selectAll()
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]));
}

export function listTokens(db: Db): Promise<Token[]> {
  return db.selectFrom('coppice.tokens').selectAll().orderBy('created_at').orderBy('id').execute();
}

/** By id, or by the name of a token in use. Returns `null` where there is none, or it is revoked already. */
export async function revokeToken(db: Db, idOrName: string): Promise<Token | null> {
  const row = await db
    .updateTable('coppice.tokens')
    .set({ revoked_at: sql<Date>`now()` })
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('id', '=', idOrName), where('name', '=', idOrName)]))
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}
