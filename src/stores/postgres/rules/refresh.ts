import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { type RefreshRule, refreshHorizon } from '../../../domain/rules/refresh.ts';
import { readInstant, textOf, writtenOf } from '../fields.ts';
import { unreadableDate } from './expiry.ts';
import { defineRule } from './rule-sql.ts';

/** White space of JavaScript's `trim`, as far as addresses have it. */
const blanks = sql.lit(' \t\n\r\f\v\u00a0');

export const refresh = defineRule<RefreshRule, 'expires_written' | 'url_written' | 'score', 'expires'>({
  written: (alias, mapping) => ({
    expires_written: mapping.expiresAt === null ? sql`null::text` : writtenOf(alias, mapping.expiresAt),
    url_written: mapping.url === null ? sql`null::text` : textOf(alias, mapping.url),
    score: scoreOf(alias, mapping),
  }),
  read: (written, { expiresAt }) => ({
    expires: expiresAt === null ? sql`null::timestamptz` : readInstant(written.expires_written, expiresAt),
  }),
  judge: (facts, mapping, rule) => {
    const { expires, url_written: url, score, id, unjudged } = facts;
    const fetchable = sql`btrim(coalesce(${url}, ''), ${blanks}) <> ''`;
    const good = sql`coalesce(${score} >= ${rule.minimumQuality}::real, true)`;
    const by = (end: Date) =>
      sql<boolean>`(coalesce(${expires} <= ${end}::timestamptz, false) and ${fetchable} and ${good} and not ${unjudged})`;
    const expiring = by(refreshHorizon(rule));
    return {
      kind: 'refresh',
      id,
      reasons: [
        { name: 'expired', holds: by(rule.cutoff) },
        { name: 'expiring', holds: expiring },
      ],
      due: expiring,
      unreadable: unreadableDate(facts, mapping),
      since: sql`${expires}`,
      // A hold is an exemption from removal: a restored document is refreshed all the same.
      state: null,
    };
  },
});

/** The score as a number; text that is none counts as no score. */
function scoreOf(alias: string, { quality }: CollectionMapping): RawBuilder<number | null> {
  if (quality === null) return sql`null::real`;
  const text = textOf(alias, quality);
  return sql`(case when pg_input_is_valid(${text}, 'real') then nullif(${text}::real, 'NaN') end)`;
}
