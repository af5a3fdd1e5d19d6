import type { Generated } from 'kysely';
import type { Scope } from '../domain/access.ts';

/** Tokens of the HTTP API. */
export interface TokensTable {
  /** Public: part of the token itself, and what lists and logs name it by. */
  id: string;
  name: string;
  /** SHA-256 of the whole token, hexadecimal. */
  hash: string;
  scope: Scope;
  /** The workspaces, groups, users and entities that the token may see; all four null: everything. */
  workspaces: readonly string[] | null;
  groups: readonly string[] | null;
  users: readonly string[] | null;
  entities: readonly string[] | null;
  /** Whether it shows what the ledger holds of rows, not only their ids. */
  content: Generated<boolean>;
  created_at: Generated<Date>;
  expires_at: Date | null;
  revoked_at: Date | null;
}
