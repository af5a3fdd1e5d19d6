import { type RawBuilder, sql } from 'kysely';
import { idText } from '../../../database/row-ids.ts';
import { requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { CleanupRule } from '../../../domain/rules/cleanup.ts';
import { ageLimit } from '../../../domain/rules/expiry.ts';
import { textOf } from '../fields.ts';
import { linkEdges, linksOf } from './links.ts';
import { baseOf, instant, isPinned, optionalText, written } from './memory-fields.ts';
import { defineRule, type Facts, type Identity } from './rule-sql.ts';
import { numberOf } from './stored-values.ts';

type Written = 'tier' | 'score_written' | 'created_written' | 'pinned_written';
type Read = 'score' | 'created';
type Joined = 'linked' | 'score_before';

/** `isStale` of `domain/rules/cleanup.ts`. Links to a row are looked up again before it is removed. */
export const cleanup = defineRule<CleanupRule, Written, Read, never, Joined>({
  joined: (mapping, rule) => ({
    join: sql`${lowered(mapping, rule)} ${linkedByRemaining(mapping, rule)}`,
    columns: {
      linked: { value: linksOf(mapping) === null ? sql`false` : sql`(k.target is not null)`, type: 'boolean' },
      score_before: {
        value: ignoresDecay(rule)
          ? sql`(case when b.written_at >= ${rule.ignoreDecaySince}::timestamptz then b.score_before end)`
          : sql`null::float8`,
        type: 'float8',
      },
    },
  }),
  written: facts,
  read,
  judge: (row, _mapping, rule) => {
    const due = sql<boolean>`(${isStale(row, rule)} and not coalesce(${row.linked}, false))`;
    return {
      kind: 'cleanup',
      id: row.id,
      reasons: [{ name: 'stale', holds: due }],
      due,
      unreadable: sql`(${row.unjudged} or (${row.score_written} is not null and ${row.score} is null)
        or (${row.created_written} is not null and ${row.created} is null))`,
      since: sql`${row.created}`,
      // Without the score: what decay writes never lifts a hold.
      state: sql`concat_ws('|', coalesce(${row.tier}, ''), coalesce(extract(epoch from ${row.created})::text, ''),
        coalesce(${row.pinned_written}, ''))`,
    };
  },
});

function facts(alias: string, mapping: CollectionMapping): Facts<Written> {
  return {
    tier: textOf(alias, requiredField(mapping, 'tier')),
    score_written: textOf(alias, requiredField(mapping, 'score')),
    created_written: written(alias, mapping, 'created_at'),
    pinned_written: optionalText(alias, mapping, 'pinned'),
  };
}

function read(row: Facts<Written>, mapping: CollectionMapping): Facts<Read> {
  return { score: numberOf(row.score_written), created: instant(row.created_written, mapping, 'created_at') };
}

type RowFacts = Facts<Written | Read> & Partial<Facts<Joined>> & Pick<Identity, 'unjudged'>;

function isStale(row: RowFacts, rule: CleanupRule): RawBuilder<boolean> {
  const score = row.score_before === undefined ? row.score : sql`greatest(${row.score}, ${row.score_before})`;
  return sql`(coalesce(${row.tier} = ${rule.tier}, false)
    and coalesce(${row.created} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false)
    and coalesce(${score} < ${rule.maxScore}::float8, false)
    and not ${isPinned(row.pinned_written)} and not ${row.unjudged})`;
}

function ignoresDecay({ ignoreDecaySince, basesKnown }: CleanupRule): boolean {
  return ignoreDecaySince !== null && basesKnown;
}

function lowered(mapping: CollectionMapping, rule: CleanupRule): RawBuilder<unknown> {
  return ignoresDecay(rule) ? baseOf('d', mapping) : sql``;
}

/** Rows that a remaining row links to, as `k`. A row that is stale and linked to remains, and so does what it links to. */
function linkedByRemaining(mapping: CollectionMapping, rule: CleanupRule): RawBuilder<unknown> {
  const links = linksOf(mapping);
  if (links === null) return sql``;
  const first = facts('m', mapping);
  const stale = isStale({ ...first, ...read(first, mapping), unjudged: sql`false` }, rule);
  return sql`left join (
      with recursive edge as materialized (${linkEdges(mapping, links, sql`, ${stale} as stale`, sql`true`)}),
      kept (partition, target) as (
        select partition, target from edge where not stale
        union
        select e.partition, e.target from kept k join edge e on e.partition = k.partition and e.source = k.target
      )
      select partition, target from kept
    ) k on k.partition = ${textOf('d', mapping.partition)} and k.target = ${idText('d', mapping)}`;
}
