import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { ageLimit, type ExpiryRule } from '../../../domain/rules/expiry.ts';
import { readInstant, rememberedDate, writtenOf } from '../fields.ts';
import { defineRule, type Facts, type Identity } from './rule-sql.ts';

const never = sql<boolean>`false`;
const absent = sql<Date | null>`null::timestamptz`;

type DateFacts = Facts<'expires_written' | 'fetched_written' | 'expires' | 'fetched'> & Identity;

export const expiry = defineRule<ExpiryRule, 'expires_written' | 'fetched_written', 'expires' | 'fetched'>({
  written: (alias, { expiresAt, fetchedAt }) => ({
    expires_written: expiresAt === null ? sql`null::text` : writtenOf(alias, expiresAt),
    fetched_written: fetchedAt === null ? sql`null::text` : writtenOf(alias, fetchedAt),
  }),
  read: (written, { expiresAt, fetchedAt }) => ({
    expires: expiresAt === null ? absent : readInstant(written.expires_written, expiresAt),
    fetched: fetchedAt === null ? absent : readInstant(written.fetched_written, fetchedAt),
  }),
  judge: (facts, mapping, rule) => {
    const { expires, fetched, id, unjudged } = facts;
    const expired =
      mapping.expiresAt === null ? never : sql<boolean>`coalesce(${expires} <= ${rule.cutoff}::timestamptz, false)`;
    const tooOld =
      mapping.fetchedAt === null || rule.maxAgeDays === null
        ? never
        : sql<boolean>`(not ${hasDate(facts, mapping)} and coalesce(${fetched} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false))`;
    return {
      kind: 'expiry',
      id,
      reasons: [
        { name: 'expired', holds: expired },
        { name: 'too_old', holds: tooOld },
      ],
      due: sql`((${expired} or ${tooOld}) and not ${unjudged})`,
      unreadable: unreadableDate(facts, mapping),
      // Where only an expiry counts, when it was fetched need not be read.
      since: rule.maxAgeDays === null ? sql`${expires}` : sql`coalesce(${expires}, ${fetched})`,
      state: datesState(facts, mapping),
    };
  },
});

function hasDate(facts: Facts<'expires_written'>, mapping: CollectionMapping): RawBuilder<boolean> {
  return mapping.expiresAt === null ? never : sql<boolean>`(${facts.expires_written} is not null)`;
}

/** The expiry date is written and cannot be read. */
export function unreadableDate(
  facts: Facts<'expires_written' | 'expires'> & Identity,
  mapping: CollectionMapping,
): RawBuilder<boolean> {
  if (mapping.expiresAt === null) return facts.unjudged;
  return sql`(${facts.unjudged} or (${hasDate(facts, mapping)} and ${facts.expires} is null))`;
}

/** The row's dates as a hold remembers them. */
function datesState(facts: DateFacts, mapping: CollectionMapping): RawBuilder<string> {
  const expires = rememberedDate(mapping.expiresAt === null ? null : facts.expires_written, mapping.expiresAt);
  const fetched = rememberedDate(mapping.fetchedAt === null ? null : facts.fetched_written, mapping.fetchedAt);
  return sql`(${expires} || '|' || ${fetched})`;
}
