import { z } from 'zod';
import { scopes, type ViewList, viewLists } from '../domain/access.ts';
import type { IdentitySettings, UserRule } from '../domain/identity.ts';
import { isLoopback } from './loopback.ts';

/** The section `api.oidc`: an OpenID Connect provider whose users may call the API, and their rights. */

const issuer = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'https:' || isLoopback(url.hostname.replace(/^\[(.*)\]$/, '$1'))) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}, 'must be an https address without credentials, query and fragment; http is allowed for this machine only');

const claim = z.union([
  z
    .string()
    .min(1)
    .transform((name) => [name]),
  z.array(z.string().min(1)).min(1).max(8),
]);
const names = z.array(z.string().min(1)).min(1).optional();

const user = z
  .strictObject({
    subject: z.string().min(1).optional(),
    claim: claim.optional(),
    value: z.string().min(1).optional(),
    scope: z.enum(scopes),
    content: z.boolean().default(false),
    workspaces: names,
    groups: names,
    users: names,
    entities: names,
  })
  .refine(
    ({ subject, claim: path, value }) =>
      subject === undefined ? path !== undefined && value !== undefined : path === undefined && value === undefined,
    'must name either subject, or claim and value',
  );

export const identitySchema = z.strictObject({
  issuer,
  audience: z.string().min(1),
  name_claim: claim.default(['sub']),
  users: z.array(user).min(1),
});

/** `null`: no identity provider is configured, and only tokens of `coppice token` are valid. */
export function toIdentity(given: z.infer<typeof identitySchema> | undefined): IdentitySettings | null {
  if (given === undefined) return null;
  const { issuer, audience, name_claim: nameClaim, users } = given;
  return { issuer, audience, nameClaim, users: users.map(toRule) };
}

function toRule({ subject, claim: path, value, scope, content, ...lists }: z.infer<typeof user>): UserRule {
  const limit = (name: ViewList) => lists[name] ?? null;
  const view = {
    workspaces: limit('workspaces'),
    groups: limit('groups'),
    users: limit('users'),
    entities: limit('entities'),
  };
  return { claim: path ?? ['sub'], value: value ?? subject ?? '', scope, content, view };
}

/** As `coppice config show` prints it. */
export function showIdentity(config: IdentitySettings | null): object | null {
  if (config === null) return null;
  const { issuer, audience, nameClaim, users } = config;
  const shown = users.map(({ claim: path, value, scope, content, view }) => {
    const lists = Object.values(viewLists).flatMap((list) => (view[list] === null ? [] : [[list, view[list]]]));
    return { claim: path, value, scope, content, ...Object.fromEntries(lists) };
  });
  return { issuer, audience, name_claim: nameClaim, users: shown };
}
