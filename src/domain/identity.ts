import type { Scope, View } from './access.ts';

/** Users whom an identity provider vouches for, and the rights that the configuration gives them. */

export interface UserRights {
  readonly scope: Scope;
  /** Whether the user is shown what the ledger holds of rows, not only the ids. */
  readonly content: boolean;
  readonly view: View;
}

export interface UserRule extends UserRights {
  /** Names of the claim within the token, from the outside in: `['realm_access', 'roles']`. */
  readonly claim: readonly string[];
  /** Value of the claim, or one of its values where it is a list. */
  readonly value: string;
}

export interface IdentitySettings {
  /** As tokens name it in `iss`. */
  readonly issuer: string;
  /** As tokens name it in `aud`. */
  readonly audience: string;
  /** Claim whose value names a user in runs and approvals. */
  readonly nameClaim: readonly string[];
  readonly users: readonly UserRule[];
}

type Claims = Readonly<Record<string, unknown>>;

/** Returns the rights of the first rule that the claims meet; `null`: they meet none. */
export function rightsOf(claims: Claims, rules: readonly UserRule[]): UserRights | null {
  const rule = rules.find(({ claim, value }) => [claimOf(claims, claim)].flat().includes(value));
  if (rule === undefined) return null;
  const { scope, content, view } = rule;
  return { scope, content, view };
}

/** Returns the value of a claim; `undefined`: the token does not have it. */
export function claimOf(claims: Claims, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isClaims(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    claims,
  );
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
