import { type RawBuilder, sql } from 'kysely';
import { requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import { type DecayRule, oneDayBefore } from '../../../domain/rules/decay.ts';
import { textOf } from '../fields.ts';
import { baseOf, instant, isPinned, optionalText, written } from './memory-fields.ts';
import { defineRule } from './rule-sql.ts';
import { numberAsStored, numberOf, storedOf } from './stored-values.ts';

type Written = 'former' | 'score_written' | 'accessed_written' | 'created_written' | 'pinned_written' | 'bot_written';
type Joined = 'base_score' | 'base_from' | 'base_accessed' | 'base_stored' | 'base_written';
type Read = 'score' | 'accessed';
type Derived = 'new_score' | 'new_from' | 'decayed';

const day = sql`interval '24 hours'`;

/** `decay` of `domain/rules/decay.ts`. The base is the row `b`. */
export const decay = defineRule<DecayRule, Written, Read, Derived, Joined>({
  joined: (mapping, { basesKnown }) => {
    const base = (column: string, type: 'float8' | 'timestamptz' | 'text') => ({
      value: basesKnown ? sql`${sql.id('b', column)}` : sql`null::${sql.raw(type)}`,
      type,
    });
    return {
      join: basesKnown ? baseOf('d', mapping) : sql``,
      columns: {
        base_score: base('score', 'float8'),
        base_from: base('counted_from', 'timestamptz'),
        base_accessed: base('accessed_at', 'timestamptz'),
        base_stored: base('stored', 'text'),
        base_written: base('written_at', 'timestamptz'),
      },
    };
  },
  written: (alias, mapping) => ({
    former: storedOf(alias, scoreOf(mapping)),
    score_written: textOf(alias, scoreOf(mapping)),
    accessed_written: written(alias, mapping, 'last_accessed_at'),
    created_written: written(alias, mapping, 'created_at'),
    pinned_written: optionalText(alias, mapping, 'pinned'),
    bot_written: optionalText(alias, mapping, 'bot'),
  }),
  read: (facts, mapping) => ({
    score: numberOf(facts.score_written),
    accessed: sql`coalesce(${instant(facts.accessed_written, mapping, 'last_accessed_at')},
      ${instant(facts.created_written, mapping, 'created_at')})`,
  }),
  derived: (facts, mapping, rule) => {
    const { score, accessed, former } = facts;
    const { base_score: base, base_from: counted, base_accessed: used, base_stored: stored } = facts;
    const looked = sql`to_timestamp(floor(extract(epoch from ${facts.base_written}) / 3600) * 3600)`;
    const begins = decaysFrom(accessed, rule);
    const current = sql`(${base} is not null and ${stored} = ${former} and ${used} = ${accessed})`;
    const lastRun = rule.basesKnown
      ? sql`(select max(written_at) from coppice.decay_bases where collection = ${sql.lit(mapping.name)})`
      : sql`null::timestamptz`;
    const known = sql`(case when ${base} is null then coalesce(${begins} > ${lastRun}, false) else ${used} < ${accessed} end)`;
    const from = sql`(case when ${current} then ${counted}
      when ${known} then greatest(${begins} - ${day}, ${looked}) else ${oneDayBefore(rule.cutoff)}::timestamptz end)`;
    const start = sql`(case when ${current} then ${base} else ${score} end)`;
    const days = sql`floor(extract(epoch from ${rule.cutoff}::timestamptz - ${from}) / 86400)`;
    return {
      new_score: start,
      new_from: from,
      decayed: sql`(case when ${days} >= 1 then greatest(${start} * power(${rule.dailyFactor}::float8, ${days}::float8),
        ${rule.minimumScore}::float8, ${rule.importanceFloor}::float8 * ${start}) end)`,
    };
  },
  judge: (facts, mapping, rule) => {
    const { id, unjudged, score, accessed, former, decayed, base_score: base, base_stored: stored } = facts;
    const pinned = isPinned(facts.pinned_written);
    const ours = rule.bot === null ? sql`true` : sql`coalesce(${facts.bot_written} = ${rule.bot}, false)`;
    const value = numberAsStored(scoreOf(mapping), decayed, former);
    const lower = sql`coalesce(${decayed} < ${score} and ${score} > 0 and ${value} <> ${former}, false)`;
    const decays = sql`(coalesce(${decaysFrom(accessed, rule)} <= ${rule.cutoff}::timestamptz, false)
      and not ${pinned} and ${ours} and not ${unjudged})`;
    const written =
      rule.thresholds.length === 0
        ? sql`true`
        : sql`exists (select from unnest(${rule.thresholds}::float8[]) t where ${decayed} < t and t <= ${score})`;
    const due = sql<boolean>`(${decays} and ${lower} and ${written})`;
    const unchanged = sql<string>`concat_ws('|', coalesce(extract(epoch from ${accessed})::text, ''),
      coalesce(${facts.pinned_written}, ''), coalesce(${facts.bot_written}, ''))`;
    const unread = (name: 'accessed_written' | 'created_written', field: 'last_accessed_at' | 'created_at') =>
      sql`(${facts[name]} is not null and ${instant(facts[name], mapping, field)} is null)`;
    return {
      kind: 'decay',
      id,
      reasons: [{ name: 'decayed', holds: due }],
      due,
      unreadable: sql`(${unjudged} or (${former} is not null and ${score} is null)
        or ${unread('accessed_written', 'last_accessed_at')} or ${unread('created_written', 'created_at')})`,
      since: sql`${accessed}`,
      state: sql`concat_ws('|', coalesce(${former}, ''), ${unchanged})`,
      change: {
        unchanged,
        field: scoreOf(mapping),
        former: sql`${former}`,
        stored: sql`case when ${due} then ${value} end`,
        base: {
          accessed_at: accessed,
          score: facts.new_score,
          counted_from: facts.new_from,
          base_score: base,
          base_from: facts.base_from,
          base_accessed: facts.base_accessed,
          base_stored: stored,
        },
        noted: sql`(${decays} and ${lower} and not ${written} and (${base} is null or ${stored} <> ${former}
          or ${facts.base_accessed} <> ${accessed}))`,
        // Rounding must not make a normal night count: a `real` has seven digits.
        braked: sql`(${due} and (${decayed} < ${score} * ${rule.dailyFactor}::float8 * (1 - 1e-6)
          or ${rule.thresholds.length > 0}::boolean))`,
      },
    };
  },
});

function scoreOf(mapping: CollectionMapping): Field {
  return requiredField(mapping, 'score');
}

function decaysFrom(accessed: RawBuilder<unknown>, { graceDays }: DecayRule): RawBuilder<Date> {
  return sql`(${accessed} + ${graceDays}::float8 * ${day})`;
}
