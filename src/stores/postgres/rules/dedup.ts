import { type RawBuilder, sql } from 'kysely';
import { idText } from '../../../database/row-ids.ts';
import { requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { type DedupRule, whiteSpace } from '../../../domain/rules/dedup.ts';
import { textOf } from '../fields.ts';
import { instant, isPinned, optionalText, written } from './memory-fields.ts';
import { defineRule, type Facts } from './rule-sql.ts';
import { numberOf } from './stored-values.ts';

type Sql<T = unknown> = RawBuilder<T>;

type Written =
  | 'user_written'
  | 'bot_written'
  | 'session_written'
  | 'copy'
  | 'score_written'
  | 'created_written'
  | 'pinned_written';
type Read = 'score' | 'created';

const spaces = sql.lit(`[${whiteSpace}]+`);
const other = sql.lit(`[^${whiteSpace}]`);

/**
 * `copyKey` and `compareCopies` of `domain/rules/dedup.ts`. A survey goes by a digest of the key; before a row is removed,
 * `isCopyOf` compares the key itself with that of the row which stays.
 */
export const dedup = defineRule<DedupRule, Written, Read, never, 'survivor'>({
  written: (alias, mapping) => ({
    user_written: textOf(alias, mapping.partition),
    bot_written: optionalText(alias, mapping, 'bot'),
    session_written: optionalText(alias, mapping, 'session'),
    copy: sql`md5(${keyOf(alias, mapping)})`,
    score_written: optionalText(alias, mapping, 'score'),
    created_written: written(alias, mapping, 'created_at'),
    pinned_written: optionalText(alias, mapping, 'pinned'),
  }),
  read: (facts, mapping) => ({
    score: numberOf(facts.score_written),
    created: instant(facts.created_written, mapping, 'created_at'),
  }),
  overSet: (facts) => ({
    survivor: {
      value: sql`first_value(f.row_id) over (partition by ${facts.copy}::uuid, ${facts.user_written} collate "C",
          ${facts.bot_written} collate "C", ${facts.session_written} collate "C"
        order by ${sql.join(rankOf({ ...facts, id: sql`f.row_id` }))})`,
      type: 'text',
    },
  }),
  judge: ({ id, unjudged, copy, survivor, created, created_written: createdWritten }) => {
    const due = sql<boolean>`(${copy} is not null and not ${unjudged} and coalesce(${survivor} <> ${id}, true))`;
    return {
      kind: 'dedup',
      id,
      reasons: [{ name: 'copy', holds: due }],
      due,
      unreadable: sql`(${unjudged} or (${createdWritten} is not null and ${created} is null))`,
      since: sql`${created}`,
      state: sql`coalesce(${copy}, '')`,
      survivor: sql`${survivor}`,
    };
  },
});

/** `copyKey`: null where the row is no copy of any. */
function keyOf(alias: string, mapping: CollectionMapping): Sql<string | null> {
  const text = textOf(alias, requiredField(mapping, 'content'));
  const hash = optionalText(alias, mapping, 'content_hash');
  // Normalization needs UTF-8; the server evaluates only the branch that it takes.
  const composed = sql`(case when getdatabaseencoding() = 'UTF8' then normalize(${text}, NFC) else ${text} end)`;
  const normalized = sql`btrim(regexp_replace(${composed}, ${spaces}, ' ', 'g'))`;
  return sql`(case when ${isBlank(text)} or ${isBlank(textOf(alias, mapping.partition))} then null
    when ${isBlank(hash)} then 'text ' || ${normalized}
    else 'hash ' || length(${hash})::text || ' ' || ${hash} || ${text} end)`;
}

/** Mostly the first character tells, which costs a small part of what a regular expression does. */
function isBlank(text: Sql): Sql<boolean> {
  return sql`(case when ascii(${text}) > 160 or ascii(${text}) between 33 and 126 then false
    else not coalesce(${text} ~ ${other}, false) end)`;
}

/** Sorts as `compareCopies` does. */
function rankOf({ pinned_written: pinned, score, created, id }: Facts<'pinned_written' | Read | 'id'>): Sql[] {
  return [
    sql`(not ${isPinned(pinned)})::int`,
    sql`-coalesce(${score}, '-Infinity'::float8)`,
    sql`coalesce(${created}, 'infinity'::timestamptz)`,
    sql`${id} collate "C"`,
  ];
}

/** Whether the row `copy` is a copy of the row `survivor` and comes after it, both as they are under their locks. */
export function isCopyOf(copy: string, survivor: string, mapping: CollectionMapping): Sql<boolean> {
  const facts = (alias: string): Sql[] => {
    const score = numberOf(optionalText(alias, mapping, 'score'));
    const created = instant(written(alias, mapping, 'created_at'), mapping, 'created_at');
    return rankOf({
      pinned_written: optionalText(alias, mapping, 'pinned'),
      score,
      created,
      id: idText(alias, mapping),
    });
  };
  const same = (['bot', 'session'] as const).map(
    (name) => sql`${optionalText(copy, mapping, name)} is not distinct from ${optionalText(survivor, mapping, name)}`,
  );
  return sql`(${keyOf(copy, mapping)} = ${keyOf(survivor, mapping)}
    and ${textOf(copy, mapping.partition)} = ${textOf(survivor, mapping.partition)}
    and ${sql.join(same, sql` and `)}
    and (${sql.join(facts(survivor))}) < (${sql.join(facts(copy))}))`;
}
